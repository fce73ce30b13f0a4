/** The forms in which the scheduler API takes calls and writes events. */
import { type CallCodec, jsonCalls } from '../../../http/v1-call.js';
import { callFromV1, printEventV1, type V1Call } from '../../../protocol/v1-calls.js';
import type { SchedulerCall, SchedulerEvent } from '../../../protocol/messages.js';

export interface SchedulerCodec extends CallCodec<V1Call<SchedulerCall>> {
  /** The record of an event, without its length; a text has ASCII characters only. */
  encodeEvent(event: SchedulerEvent): Uint8Array | string;
}

const NOT_ASCII = /[\u007f-\uffff]/;
const EACH_NOT_ASCII = /[\u007f-\uffff]/g;

/** JSON in ASCII characters, so that its length in characters is its length in bytes: some clients compare the two. */
function asciiJson(json: string): string {
  if (!NOT_ASCII.test(json)) return json;
  return json.replace(EACH_NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export const JSON_CODEC: SchedulerCodec = {
  ...jsonCalls((json) => callFromV1('scheduler', json)),
  encodeEvent: (event) => asciiJson(printEventV1(event)),
};

export const SCHEDULER_CODECS: readonly SchedulerCodec[] = [JSON_CODEC];
