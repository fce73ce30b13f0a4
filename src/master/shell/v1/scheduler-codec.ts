/** The forms in which the scheduler API takes calls and writes events. */
import { type CallCodec, jsonCalls, PROTOBUF_TYPE } from '../../../http/v1-call.js';
import { callFromProtobuf, eventToProtobuf } from '../../../protocol/protobuf/calls.js';
import { callFromV1, printEventV1, type V1Call } from '../../../protocol/v1-calls.js';
import type { SchedulerCall, SchedulerEvent } from '../../../protocol/messages.js';

export interface SchedulerCodec extends CallCodec<V1Call<SchedulerCall>> {
  /** The record of an event, without its length; a text has ASCII characters only. */
  encodeEvent(event: SchedulerEvent): Uint8Array | string;
}

export const JSON_CODEC: SchedulerCodec = {
  ...jsonCalls((json) => callFromV1('scheduler', json)),
  encodeEvent: printEventV1,
};

const PROTOBUF_CODEC: SchedulerCodec = {
  contentType: PROTOBUF_TYPE,
  decodeCall: (body) => callFromProtobuf('scheduler', body),
  encodeEvent: (event) => eventToProtobuf('scheduler', event),
};

/** JSON first: it is taken where both are acceptable. */
export const SCHEDULER_CODECS: readonly SchedulerCodec[] = [JSON_CODEC, PROTOBUF_CODEC];
