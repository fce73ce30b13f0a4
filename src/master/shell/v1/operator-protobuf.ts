/**
 * Responses and events of the operator API in protobuf. Lengths stand before messages, so large ones are made as a
 * whole before they are sent, but in pieces, with pauses. Small ones are made of what the JSON form says, so that each
 * read has one implementation.
 */
import type { Exchange, ExchangeStream } from '../../../base/exchange.js';
import { collectPieces } from '../../../http/json-stream.js';
import { gather, pause, SLICE_MS } from '../../../http/paced.js';
import { PROTOBUF_TYPE } from '../../../http/v1-call.js';
import { OPERATOR_EVENTS, OPERATOR_RESPONSES } from '../../../protocol/operator.js';
import type { OperatorForm, OperatorResponseType } from '../../../protocol/operator.js';
import { fieldsToProtobuf, headOf, responseToProtobuf, startOf } from '../../../protocol/protobuf/operator.js';
import { fromV1Json } from '../../../protocol/v1-json.js';
import type { ViewMessage } from '../../core/views/index.js';

const FORMS: Readonly<Record<OperatorResponseType, OperatorForm>> = OPERATOR_RESPONSES;

/** Larger answers are handed over in chunks, as the client takes them. */
const CHUNK_BYTES = 256 * 1024;

type Parts = readonly Uint8Array[];

function lengthOf(parts: Parts): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function* fieldsOf({ schema, lists }: ViewMessage): Generator<Uint8Array> {
  for (const list of lists) {
    const { name, size, batch } = list;
    for (let from = 0; from < size; from += batch) {
      yield fieldsToProtobuf(schema, { [name]: list.describe(from, from + batch) });
    }
  }
}

/** Messages as the fields 1, 2, … of another. */
async function nested(messages: readonly ViewMessage[], isWanted?: () => boolean): Promise<Parts> {
  const parts: Uint8Array[] = [];
  for (const [index, message] of messages.entries()) {
    const fields = await gather(fieldsOf(message), isWanted);
    parts.push(headOf(index + 1, lengthOf(fields)), ...fields);
  }
  return parts;
}

/** Answers with a response that is one message of lists, or several of them as its fields. */
export async function answerMessages(
  exchange: Exchange,
  type: OperatorResponseType,
  messages: ViewMessage | readonly ViewMessage[],
): Promise<void> {
  let isGone = false;
  let wake = (): void => undefined;
  exchange.onAborted(() => {
    isGone = true;
    wake();
  });
  const isWanted = (): boolean => !isGone;
  const fields = 'lists' in messages ? await gather(fieldsOf(messages), isWanted) : await nested(messages, isWanted);
  if (isGone) return;
  const parts = [startOf('response', type, lengthOf(fields)), ...fields];
  const length = lengthOf(parts);
  const head = { 'content-type': PROTOBUF_TYPE };
  if (length <= CHUNK_BYTES) return exchange.respond(200, head, Buffer.concat(parts));
  const stream = exchange.stream(200, { ...head, 'content-length': String(length) });
  stream.onDrain(() => wake());
  const drained = (): Promise<void> => new Promise((resolve) => (isGone ? resolve() : (wake = resolve)));
  await send(stream, parts, drained, isWanted);
}

async function send(
  stream: ExchangeStream,
  parts: Parts,
  drained: () => Promise<void>,
  isWanted: () => boolean,
): Promise<void> {
  let sinceMs = performance.now();
  for (const chunk of chunksOf(parts)) {
    if (!isWanted()) return;
    if (!stream.write(chunk) && stream.bufferedBytes > 0 && isWanted()) await drained();
    if (performance.now() - sinceMs < SLICE_MS) continue;
    await pause();
    sinceMs = performance.now();
  }
  stream.end();
}

/** Parts joined to chunks that are worth a write. */
function* chunksOf(parts: Parts): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (const part of parts) {
    waiting.push(part);
    bytes += part.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

/** The first record of a stream of events, in parts. */
export async function subscribedParts(
  messages: readonly ViewMessage[],
  heartbeatIntervalSeconds: number,
  isWanted: () => boolean,
): Promise<Parts> {
  const state = await nested(messages, isWanted);
  const rest = fieldsToProtobuf(OPERATOR_EVENTS.SUBSCRIBED.body, { heartbeatIntervalSeconds });
  const body = [headOf(1, lengthOf(state)), ...state, rest];
  return [...chunksOf([startOf('event', 'SUBSCRIBED', lengthOf(body)), ...body])];
}

/** Answers with the response whose JSON comes in pieces. */
export async function answerProtobuf(exchange: Exchange, pieces: Iterable<string>): Promise<void> {
  const text = String(Buffer.concat(await collectPieces(pieces)));
  const json = JSON.parse(text) as { readonly type: OperatorResponseType };
  const { type } = json;
  const inner = (json as Readonly<Record<string, unknown>>)[type.toLowerCase()];
  const body = fromV1Json(FORMS[type].body!, inner);
  exchange.respond(200, { 'content-type': PROTOBUF_TYPE }, responseToProtobuf(type, body as never));
}
