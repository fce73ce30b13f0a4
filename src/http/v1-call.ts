/**
 * The first checks of the endpoints of Mesos' v1 APIs, in Mesos' order and with its texts: method, Content-Type, body,
 * and whether the call has what its type needs. What follows is each endpoint's own.
 */
import { MeteError } from '../base/errors.js';
import type { Exchange } from '../base/exchange.js';
import { answerText } from './answers.js';
import { readBody } from './body.js';
import { parseJsonBody } from './json-body.js';
import { contentTypeOf } from './negotiation.js';

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/x-protobuf';

/** How bodies of one Content-Type become calls. */
export interface CallCodec<Call> {
  readonly contentType: string;
  /**
   * Throws MeteError with Mesos' text as `reason`: INVALID_MESSAGE (`Failed to parse body into …`) for what is no call,
   * INCOMPLETE_CALL or UNKNOWN_MESSAGE (`Expecting 'kill' to be present`) for a call that misses something.
   */
  decodeCall(body: Uint8Array): Call;
}

/** Which calls an endpoint takes. */
export interface CallRules<Call> {
  readonly codecs: readonly CallCodec<Call>[];
  readonly maxBytes: number;
  /** What the text of an invalid call says: `Failed to validate scheduler::Call: …`. */
  readonly callName: string;
}

/** Calls in JSON; `fromV1` makes them of parsed bodies and throws as `callFromV1`. */
export function jsonCalls<Call>(fromV1: (json: unknown) => Call): CallCodec<Call> {
  return {
    contentType: JSON_TYPE,
    decodeCall(body) {
      const json = parseJsonBody(body);
      try {
        return fromV1(json);
      } catch (error) {
        if (!(error instanceof MeteError) || error.code !== 'INVALID_MESSAGE') throw error;
        const { field, value, reason, mend } = error;
        const text = `Failed to convert JSON into Call protobuf: ${reason}`;
        throw new MeteError('INVALID_MESSAGE', { field, value, reason: text, mend, cause: error });
      }
    },
  };
}

/**
 * The call of a request, or null if it has been refused and answered. Throws MeteError: LIMIT_EXCEEDED for a body that
 * is too long, PEER_GONE.
 */
export async function readCall<Call>(exchange: Exchange, rules: CallRules<Call>): Promise<Call | null> {
  const { codecs, maxBytes, callName } = rules;
  const { method, headers } = exchange.request;
  if (method !== 'POST') {
    const text = `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${method}'.`;
    answerText(exchange, 405, text, { allow: 'POST' });
    return null;
  }
  const contentType = contentTypeOf(headers);
  if (contentType === null) return refuse(exchange, 400, "Expecting 'Content-Type' to be present");
  const codec = codecs.find((candidate) => candidate.contentType === contentType);
  if (codec === undefined) {
    return refuse(exchange, 415, `Expecting 'Content-Type' of ${JSON_TYPE} or ${PROTOBUF_TYPE}`);
  }
  const body = await readBody(exchange, maxBytes);
  try {
    return codec.decodeCall(body);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    const isCall = error.code === 'INCOMPLETE_CALL' || error.code === 'UNKNOWN_MESSAGE';
    return refuse(exchange, 400, isCall ? `Failed to validate ${callName}: ${error.reason}` : error.reason);
  }
}

function refuse(exchange: Exchange, status: number, text: string): null {
  answerText(exchange, status, text);
  return null;
}

/** The text of 406, which names the types in this order. */
export const NOT_ACCEPTABLE = `Expecting 'Accept' to allow '${PROTOBUF_TYPE}' or '${JSON_TYPE}'`;
