/** Answers in the forms that mete gives: JSON, text, errors. All carry their length; HEAD gets the same head. */
import { ERRORS, MeteError } from '../base/errors.js';
import type { Exchange } from '../base/exchange.js';

type Headers = Readonly<Record<string, string>>;

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8' };

/** Answers with a value as JSON. */
export function answerJson(exchange: Exchange, value: unknown, status = 200, headers: Headers = {}): void {
  exchange.respond(status, { ...JSON_TYPE, ...headers }, JSON.stringify(value));
}

/** Answers with a text; an empty one says nothing about its type, as in Mesos' 202. */
export function answerText(exchange: Exchange, status: number, text: string, headers: Headers = {}): void {
  exchange.respond(status, text === '' ? headers : { ...TEXT_TYPE, ...headers }, text);
}

/** For who was refused only because much is going on: when to come again, in seconds. */
const LATER = { 'retry-after': '1' };

/**
 * Answers with an error as text: a MeteError's message with the status of its code, and when to come again where that
 * may help; anything else with 500 and no detail, since what a bug says is not for strangers.
 */
export function answerError(exchange: Exchange, error: unknown): void {
  if (error instanceof MeteError) {
    const { httpStatus, retry } = ERRORS[error.code];
    answerText(exchange, httpStatus, error.message, httpStatus === 503 && retry ? LATER : {});
  } else answerText(exchange, ERRORS.INTERNAL.httpStatus, 'INTERNAL: the request could not be served');
}
