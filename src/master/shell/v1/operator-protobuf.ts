/**
 * Responses of the operator API in protobuf. They are made of what the JSON form says, so that each read has one
 * implementation; a large one is held in memory as a whole, since lengths stand before messages.
 */
import type { Exchange } from '../../../base/exchange.js';
import { collectPieces } from '../../../http/json-stream.js';
import { PROTOBUF_TYPE } from '../../../http/v1-call.js';
import { OPERATOR_RESPONSES, type OperatorForm, type OperatorResponseType } from '../../../protocol/operator.js';
import { responseToProtobuf } from '../../../protocol/protobuf/operator.js';
import { fromV1Json } from '../../../protocol/v1-json.js';

const FORMS: Readonly<Record<OperatorResponseType, OperatorForm>> = OPERATOR_RESPONSES;

/** Answers with the response whose JSON comes in pieces. */
export async function answerProtobuf(exchange: Exchange, pieces: Iterable<string>): Promise<void> {
  const text = String(Buffer.concat(await collectPieces(pieces)));
  const json = JSON.parse(text) as { readonly type: OperatorResponseType };
  const { type } = json;
  const inner = (json as Readonly<Record<string, unknown>>)[type.toLowerCase()];
  const body = fromV1Json(FORMS[type].body!, inner);
  exchange.respond(200, { 'content-type': PROTOBUF_TYPE }, responseToProtobuf(type, body as never));
}
