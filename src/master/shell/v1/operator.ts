/**
 * `POST /api/v1`: the operator API. Checks come in Mesos' order, with its statuses and texts; reads are views of the
 * master's state as it is at that moment, writes go through the core as operator calls.
 */
import type { Exchange } from '../../../base/exchange.js';
import { answerText } from '../../../http/answers.js';
import { answerPieces } from '../../../http/json-stream.js';
import { negotiate } from '../../../http/negotiation.js';
import type { RouteHandler } from '../../../http/router.js';
import { type CallRules, JSON_TYPE, jsonCalls, NOT_ACCEPTABLE, PROTOBUF_TYPE } from '../../../http/v1-call.js';
import { readCall } from '../../../http/v1-call.js';
import { FileRefusal } from '../../../http/virtual-files.js';
import { operatorCallFromV1, type OperatorRequest } from '../../../protocol/operator-json.js';
import { operatorCallFromProtobuf } from '../../../protocol/protobuf/operator.js';
import * as views from '../../core/views/index.js';
import { nameOfAsker, REFUSED } from '../../../http/access.js';
import type { Operations } from '../operations.js';
import { isLeading, type Standing } from '../standing.js';
import type { Watchers } from './operator-events.js';
import { answerMessages, answerProtobuf } from './operator-protobuf.js';
import { largeReadOf, OPERATOR_READS, printLarge, type ReadContext } from './operator-reads.js';
import { writeOf } from './operator-writes.js';

const MIB = 2 ** 20;

const RULES: CallRules<OperatorRequest> = {
  codecs: [jsonCalls(operatorCallFromV1), { contentType: PROTOBUF_TYPE, decodeCall: operatorCallFromProtobuf }],
  maxBytes: 32 * MIB,
  callName: 'master::Call',
};

export interface OperatorDoorOptions {
  readonly context: ReadContext;
  readonly standing: () => Standing;
  readonly operations: Operations;
  readonly watchers: Watchers;
}

/** Handles all requests for the operator endpoint, whatever their method. */
export function operatorDoor({ context, standing, operations, watchers }: OperatorDoorOptions): RouteHandler {
  const { access } = context;
  return async (exchange) => {
    const principal = nameOfAsker(access, exchange, 'readwrite');
    if (principal === REFUSED || !isLeading(exchange, standing())) return;
    const request = await readCall(exchange, RULES);
    if (request === null) return;
    const write = writeOf(request, principal);
    const refuse = (status: number, text: string): void => answerText(exchange, status, text);
    if (typeof write === 'string') return refuse(400, `Failed to validate master::Call: ${write}`);
    const form = negotiate(exchange.request.headers['accept'], [JSON_TYPE, PROTOBUF_TYPE] as const);
    if (form === null) return refuse(406, NOT_ACCEPTABLE);
    if (write !== null) return operations.carryOut(exchange, principal, write);
    if (request.type === 'SUBSCRIBE') {
      return watchers.subscribe(exchange, form, views.sightOf(access.authorizer, principal));
    }
    if (request.type === 'SET_LOGGING_LEVEL') return setLevel(exchange, context, principal, request.body);
    const needs = NEEDS[request.type];
    if (needs !== undefined && !access.approves(principal, needs)) return refuse(403, '403 Forbidden.');
    const large = largeReadOf(context, request, principal);
    if (large !== null) return answerLarge(exchange, form, large);
    const read = OPERATOR_READS[request.type];
    if (read === undefined) return refuse(501, '501 Not Implemented.');
    try {
      const pieces = await read(context, principal, request);
      await (form === JSON_TYPE ? answerPieces(exchange, pieces) : answerProtobuf(exchange, pieces));
    } catch (error) {
      if (!(error instanceof FileRefusal)) throw error;
      refuse(error.status, error.message);
    }
  };
}

function answerLarge(
  exchange: Exchange,
  form: typeof JSON_TYPE | typeof PROTOBUF_TYPE,
  large: NonNullable<ReturnType<typeof largeReadOf>>,
): Promise<void> {
  if (form === JSON_TYPE) return answerPieces(exchange, printLarge(large));
  const { type, messages } = large;
  const all = 'lists' in messages ? (messages as views.ViewMessage) : Object.values<views.ViewMessage>(messages);
  return answerMessages(exchange, type, all);
}

/** What reads need leave for as a whole. */
const NEEDS: Partial<Record<OperatorRequest['type'], 'VIEW_FLAGS' | 'ACCESS_MESOS_LOG'>> = {
  GET_FLAGS: 'VIEW_FLAGS',
  LIST_FILES: 'ACCESS_MESOS_LOG',
  READ_FILE: 'ACCESS_MESOS_LOG',
};

function setLevel(
  exchange: Exchange,
  { access, level }: ReadContext,
  principal: string | null,
  body: { readonly level: number; readonly durationMs: number },
): void {
  if (!access.approves(principal, 'SET_LOG_LEVEL')) return answerText(exchange, 403, '403 Forbidden.');
  const refusal = level.set(body.level, body.durationMs);
  answerText(exchange, refusal === null ? 200 : 400, refusal ?? '');
}
