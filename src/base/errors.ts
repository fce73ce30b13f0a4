/**
 * The one error class of mete and the table of its codes.
 *
 * Every refusal says which field it is about, what value was found there, why that is not accepted, and how to mend it,
 * so that its message is useful without a stack trace. Callers branch on `code`, never on the text of a message.
 * The table gives each code its HTTP status and says whether the same request may succeed if sent again unchanged.
 */

/** What a code means to callers: the HTTP status to answer with, whether to retry, and a one-line summary for docs. */
export interface ErrorClass {
  readonly httpStatus: number;
  readonly retry: boolean;
  readonly summary: string;
}

/** Every code a `MeteError` can carry. */
export const ERRORS = {
  INVALID_ARGUMENT: { httpStatus: 400, retry: false, summary: 'An argument has the wrong type or is out of range.' },
  INVALID_RESOURCES: { httpStatus: 400, retry: false, summary: 'A resource, or its text or JSON form, is malformed.' },
  INVALID_ROLE: { httpStatus: 400, retry: false, summary: 'A role name breaks the rules for role names.' },
  INVALID_QUOTA: { httpStatus: 400, retry: false, summary: 'Guarantees or limits of a quota are not acceptable.' },
  INVALID_WEIGHT: { httpStatus: 400, retry: false, summary: 'A weight is not a positive finite number.' },
  INVALID_OFFER_CONSTRAINTS: { httpStatus: 400, retry: false, summary: 'Offer constraints are malformed or costly.' },
  INVALID_MESSAGE: { httpStatus: 400, retry: false, summary: 'A message is malformed or not of its schema.' },
  INCOMPLETE_CALL: { httpStatus: 400, retry: false, summary: 'A call lacks what its type needs, or contradicts it.' },
  UNKNOWN_MESSAGE: { httpStatus: 400, retry: false, summary: 'No message of this type or opcode is known here.' },
  NOT_AUTHENTICATED: { httpStatus: 401, retry: false, summary: 'The other side does not believe who one is.' },
  UNKNOWN_AGENT: { httpStatus: 404, retry: false, summary: 'No agent has this id.' },
  UNKNOWN_FRAMEWORK: { httpStatus: 404, retry: false, summary: 'No framework has this id.' },
  UNKNOWN_ROLE: { httpStatus: 404, retry: false, summary: 'No such role is known here.' },
  UNKNOWN_CLIENT: { httpStatus: 404, retry: false, summary: 'No such client is in the sorter.' },
  ALREADY_EXISTS: { httpStatus: 409, retry: false, summary: 'Something with this id is there already.' },
  NOT_HELD: { httpStatus: 409, retry: false, summary: 'The resources are not held by the one said to hold them.' },
  NOT_AVAILABLE: { httpStatus: 409, retry: true, summary: 'The resources are not there or not free at the moment.' },
  LIMIT_EXCEEDED: { httpStatus: 413, retry: false, summary: 'A size or an amount is beyond what can be handled.' },
  ENGINE_UNAVAILABLE: { httpStatus: 503, retry: false, summary: 'The engine asked for cannot be used here.' },
  OVERLOADED: { httpStatus: 503, retry: true, summary: 'Too much is under way; the same may work a little later.' },
  UNAVAILABLE: { httpStatus: 503, retry: true, summary: 'Nobody answers there, or not yet.' },
  ADDRESS_IN_USE: { httpStatus: 503, retry: true, summary: 'Another process listens on this address.' },
  ADDRESS_UNUSABLE: { httpStatus: 503, retry: false, summary: 'This address cannot be listened on.' },
  UNREACHABLE: { httpStatus: 503, retry: true, summary: 'The other side cannot be reached, or refused.' },
  PEER_GONE: { httpStatus: 400, retry: true, summary: 'The other side went away before all was said.' },
  TIMED_OUT: { httpStatus: 504, retry: true, summary: 'The other side took too long.' },
  NOT_FOUND: { httpStatus: 404, retry: false, summary: 'There is nothing of this name.' },
  WRONG_DIGEST: { httpStatus: 400, retry: true, summary: 'The bytes are not those that were announced.' },
  TRANSPORT_UNAVAILABLE: { httpStatus: 503, retry: false, summary: 'The transport asked for cannot be used here.' },
  INVALID_SNAPSHOT: { httpStatus: 400, retry: false, summary: 'A snapshot is malformed or of another version.' },
  INVALID_JOURNAL: { httpStatus: 400, retry: false, summary: 'A journal cannot be read or is of another version.' },
  JOURNAL_FAILED: { httpStatus: 500, retry: false, summary: 'Events cannot be recorded any more.' },
  REGISTRY_CONFLICT: { httpStatus: 503, retry: false, summary: 'Another master has written to the registry.' },
  REGISTRY_UNAVAILABLE: { httpStatus: 503, retry: true, summary: 'The registry cannot be read or written.' },
  REGISTRY_CORRUPT: { httpStatus: 500, retry: false, summary: 'What is stored as the registry is damaged or lost.' },
  REGISTRY_TOO_NEW: { httpStatus: 500, retry: false, summary: 'A later version of mete wrote the registry.' },
  REGISTRY_IN_USE: { httpStatus: 503, retry: true, summary: 'Another process has the registry open.' },
  FORBIDDEN: { httpStatus: 403, retry: false, summary: 'Who asks may not do that.' },
  WRONG_VERSION: { httpStatus: 409, retry: false, summary: 'Another has written in between.' },
  SESSION_EXPIRED: { httpStatus: 503, retry: true, summary: 'The session with the servers of the election is over.' },
  CHECKPOINT_CORRUPT: { httpStatus: 500, retry: false, summary: 'What an agent has written down is damaged.' },
  CHECKPOINT_TOO_NEW: { httpStatus: 500, retry: false, summary: 'A later version of mete wrote the checkpoint.' },
  CHECKPOINT_FAILED: { httpStatus: 500, retry: false, summary: 'An agent cannot write down what must survive it.' },
  INTERNAL: { httpStatus: 500, retry: false, summary: 'An invariant of mete itself is broken.' },
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof ERRORS;

/** The parts of an error's message. `reason` and `mend` are clauses without a final full stop. */
export interface ErrorDetail {
  /** What the error is about: the name or path of a field, as the caller knows it. */
  readonly field: string;
  /** What was found there. */
  readonly value: unknown;
  /** Why that is refused. */
  readonly reason: string;
  /** What to do instead. */
  readonly mend: string;
  /** The error that led to this one, if any. */
  readonly cause?: unknown;
}

/** The longest printed value in a message, in characters. */
const PRINTED_LIMIT = 120;

/** An error of mete: `code`, and a message that names field, value, reason and mend. */
export class MeteError extends Error {
  readonly code: ErrorCode;
  readonly field: string;
  readonly value: unknown;
  readonly reason: string;
  readonly mend: string;

  constructor(code: ErrorCode, detail: ErrorDetail) {
    const { field, value, reason, mend, cause } = detail;
    super(`${code}: ${field} ${printValue(value)}: ${reason}; ${mend}`, cause === undefined ? {} : { cause });
    this.name = 'MeteError';
    this.code = code;
    this.field = field;
    this.value = value;
    this.reason = reason;
    this.mend = mend;
  }
}

/** One line that shows a value: JSON where JSON can, otherwise what JavaScript calls it; cut after 120 characters. */
export function printValue(value: unknown): string {
  const text = printWhole(value);
  if (text.length <= PRINTED_LIMIT) return text;
  let end = PRINTED_LIMIT - 1;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end--;
  return `${text.slice(0, end)}…`;
}

function printWhole(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > PRINTED_LIMIT * 2 ? value.slice(0, PRINTED_LIMIT * 2) : value);
    case 'number':
    case 'boolean':
    case 'undefined':
    case 'symbol':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `function ${value.name === '' ? '(anonymous)' : value.name}`;
    default:
      return printObject(value as object | null);
  }
}

function printObject(value: object | null): string {
  try {
    return JSON.stringify(value) ?? Object.prototype.toString.call(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
