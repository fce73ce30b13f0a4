/** The forms in which the executor API takes calls and writes events. */
import { type CallCodec, jsonCalls, PROTOBUF_TYPE } from '../../../http/v1-call.js';
import type { ExecutorCall, ExecutorEvent } from '../../../protocol/messages.js';
import { callFromProtobuf, eventToProtobuf } from '../../../protocol/protobuf/calls.js';
import { callFromV1, printEventV1, type V1Call } from '../../../protocol/v1-calls.js';

/** What a stream carries: the events of the core, and heartbeats, which native links have of their own. */
export type StreamEvent = ExecutorEvent | { readonly type: 'HEARTBEAT' };

export interface ExecutorCodec extends CallCodec<V1Call<ExecutorCall>> {
  /** The record of an event, without its length; a text has ASCII characters only. */
  encodeEvent(event: StreamEvent): Uint8Array | string;
}

export const JSON_CODEC: ExecutorCodec = {
  ...jsonCalls((json) => callFromV1('executor', json)),
  encodeEvent: printEventV1,
};

const PROTOBUF_CODEC: ExecutorCodec = {
  contentType: PROTOBUF_TYPE,
  decodeCall: (body) => callFromProtobuf('executor', body),
  encodeEvent: (event) => eventToProtobuf('executor', event),
};

/** JSON first: it is taken where both are acceptable. */
export const EXECUTOR_CODECS: readonly ExecutorCodec[] = [JSON_CODEC, PROTOBUF_CODEC];
