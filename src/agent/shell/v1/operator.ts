/**
 * `POST /api/v1` of an agent: the operator API. Checks come in Mesos' order, with its statuses and texts; reads are
 * views of the state as it is at that moment. What needs containers that the agent does not run, images or resource
 * providers is answered with 501 and a text. Facts: `Http::api`, `Http::_api` of Mesos' agent.
 */
import type { Exchange } from '../../../base/exchange.js';
import { REFUSED, type Subject } from '../../../http/access.js';
import { answerText } from '../../../http/answers.js';
import { answerPieces } from '../../../http/json-stream.js';
import { contentTypeOf, negotiate } from '../../../http/negotiation.js';
import type { RouteHandler } from '../../../http/router.js';
import { type CallRules, JSON_TYPE, jsonCalls, PROTOBUF_TYPE, readCall } from '../../../http/v1-call.js';
import { FileRefusal } from '../../../http/virtual-files.js';
import {
  type AgentOperatorRequest, type AgentOperatorResponseType, NOT_SERVED_CALLS,
} from '../../../protocol/agent-operator.js';
import { agentOperatorCallFromV1, printAgentResponseV1 } from '../../../protocol/operator-json.js';
import { agentOperatorCallFromProtobuf, agentResponseToProtobuf } from '../../../protocol/protobuf/agent-operator.js';
import { mayReadPath } from '../file-access.js';
import { AGENT_READS, type AgentReadContext, visibleTo } from './operator-reads.js';

const RECORD_TYPE = 'application/recordio';

const RULES: CallRules<AgentOperatorRequest> = {
  codecs: [
    jsonCalls(agentOperatorCallFromV1),
    { contentType: PROTOBUF_TYPE, decodeCall: agentOperatorCallFromProtobuf },
  ],
  maxBytes: 4 * 2 ** 20,
  callName: 'agent::Call',
};

/** The only calls whose answer is a stream of records. */
const STREAMED: ReadonlySet<string> = new Set(['ATTACH_CONTAINER_OUTPUT', 'LAUNCH_NESTED_CONTAINER_SESSION']);

const BOTH = `${JSON_TYPE} or ${PROTOBUF_TYPE}`;
const ALL = `${BOTH} or ${RECORD_TYPE}`;

/** Status and text of a refusal. */
type Refused = readonly [status: number, text: string];

type Form = typeof JSON_TYPE | typeof PROTOBUF_TYPE | typeof RECORD_TYPE;

/** What is wrong with the types of a request, before its body is looked at. */
function refuseTypes({ request: { headers } }: Exchange): Refused | null {
  const contentType = contentTypeOf(headers);
  if (contentType === null) return [400, "Expecting 'Content-Type' to be present"];
  if (![JSON_TYPE, PROTOBUF_TYPE, RECORD_TYPE].includes(contentType)) {
    return [415, `Expecting 'Content-Type' of ${ALL}`];
  }
  const messageType = headers['message-content-type'];
  if (contentType !== RECORD_TYPE) {
    if (messageType === undefined) return null;
    return [415, "Expecting 'Message-Content-Type' to be not set for non-streaming requests"];
  }
  if (messageType === undefined) return [400, "Expecting 'Message-Content-Type' to be set for streaming requests"];
  if ([JSON_TYPE, PROTOBUF_TYPE].includes(messageType)) return null;
  return [415, `Expecting 'Message-Content-Type' of ${BOTH}`];
}

/** The form of the answer, or why there is none. */
function formOf({ request: { headers } }: Exchange): Form | Refused {
  const form = negotiate(headers['accept'], [JSON_TYPE, PROTOBUF_TYPE, RECORD_TYPE] as const);
  if (form === null) return [406, `Expecting 'Accept' to allow ${ALL}`];
  const messageAccept = headers['message-accept'];
  if (form === RECORD_TYPE) {
    if (negotiate(messageAccept, [JSON_TYPE, PROTOBUF_TYPE]) !== null) return form;
    return [406, `Expecting 'Message-Accept' to allow ${BOTH}`];
  }
  if (messageAccept === undefined) return form;
  return [406, "Expecting 'Message-Accept' to be not set for non-streaming responses"];
}

function notServed(type: string): Refused {
  return [501, `${type} is not supported: this agent runs executors only, without nested containers or images`];
}

/** Why a call is not carried out. */
function refuseCall({ type }: AgentOperatorRequest, form: Form): Refused | null {
  if (type === 'ATTACH_CONTAINER_INPUT') {
    return [415, `Expecting 'Content-Type' to be ${RECORD_TYPE} for ${type} call`];
  }
  if (form === RECORD_TYPE && !STREAMED.has(type)) {
    return [406, `Streaming response is not supported for ${type} call`];
  }
  if (type === 'UNKNOWN') return [501, '501 Not Implemented.'];
  return NOT_SERVED_CALLS.has(type) ? notServed(type) : null;
}

async function answer<T extends AgentOperatorResponseType>(
  exchange: Exchange,
  form: Form,
  context: AgentReadContext,
  request: AgentOperatorRequest & { readonly type: T },
): Promise<void> {
  const body = await AGENT_READS[request.type](context, request);
  if (form === JSON_TYPE) return answerPieces(exchange, [printAgentResponseV1(request.type, body)]);
  exchange.respond(200, { 'content-type': PROTOBUF_TYPE }, agentResponseToProtobuf(request.type, body));
}

/** Whether somebody may make a call at all; what reads show is another matter. */
function mayCall(
  { access, state, workDir }: AgentReadContext,
  subject: Subject,
  request: AgentOperatorRequest,
): boolean {
  switch (request.type) {
    case 'GET_FLAGS':
      return access.approves(subject, 'VIEW_FLAGS');
    case 'SET_LOGGING_LEVEL':
      return access.approves(subject, 'SET_LOG_LEVEL');
    case 'LIST_FILES':
    case 'READ_FILE':
      return mayReadPath(access.authorizer, subject, { state, workDir }, request.body.path);
    default:
      return true;
  }
}

/** Handles all requests for the endpoint, whatever their method. */
export function agentOperatorDoor(context: AgentReadContext): RouteHandler {
  return async (exchange) => {
    const refuse = ([status, text]: Refused): void => answerText(exchange, status, text);
    const subject = context.access.authenticate(exchange, 'readwrite');
    if (subject === REFUSED) return;
    if (context.state.phase === 'RECOVERING') return refuse([503, 'Agent has not finished recovery']);
    const isPost = exchange.request.method === 'POST';
    const badTypes = isPost ? refuseTypes(exchange) : null;
    if (badTypes !== null) return refuse(badTypes);
    const form = isPost ? formOf(exchange) : JSON_TYPE;
    if (typeof form !== 'string') return refuse(form);
    // Only one call comes in records, and it is not served.
    if (contentTypeOf(exchange.request.headers) === RECORD_TYPE) return refuse(notServed('ATTACH_CONTAINER_INPUT'));
    const request = await readCall(exchange, RULES);
    if (request === null) return;
    const refused = refuseCall(request, form);
    if (refused !== null) return refuse(refused);
    if (!mayCall(context, subject, request)) return refuse([403, '403 Forbidden.']);
    if (request.type === 'SET_LOGGING_LEVEL') {
      const why = context.level.set(request.body.level, request.body.durationMs);
      return refuse([why === null ? 200 : 400, why ?? '']);
    }
    try {
      const read = request as AgentOperatorRequest & { type: AgentOperatorResponseType };
      await answer(exchange, form, visibleTo(context, subject), read);
    } catch (error) {
      if (!(error instanceof FileRefusal)) throw error;
      refuse([error.status, error.message]);
    }
  };
}
