/**
 * What calls, responses and events have in common in protobuf: a message of its type, perhaps the ids of who calls,
 * and for each type a field for its body. Every body that stands in it must be readable and of its schema, as in
 * Mesos, though only the one of its type counts.
 */
import { type ErrorDetail, MeteError } from '../../base/errors.js';
import { findFault } from '../refusal.js';
import type { Node } from '../shape.js';
import type { ObjectNode } from '../v1-fields.js';
import { type FieldLayout, type Layouts, type MessageLayout, messageOf, type Numbers, wordsOf } from './layout.js';
import { readProtobuf, Unreadable } from './read.js';
import { compileProtobufWrites, type WriteMessage } from './write.js';

/** A type and its body. */
export interface EnvelopeForm {
  readonly type: string;
  /** Number of the type. */
  readonly number: number;
  /** Number of the field of the body; 0 if there is none. */
  readonly field: number;
  /** Name of the field of the body. */
  readonly key: string;
  readonly body: ObjectNode | null;
  /** The table of a body that has no name of its own. */
  readonly numbers?: Numbers | undefined;
}

export interface EnvelopeRules {
  /** `Call`, `Response` or `Event`, for texts. */
  readonly name: string;
  /** Number of the field of the type. */
  readonly type: number;
  readonly ids?: readonly { readonly name: string; readonly number: number; readonly node: Node }[];
  readonly forms: readonly EnvelopeForm[];
  /** Messages that never change and come again and again (see `compileProtobufWrites`). */
  readonly kept?: ReadonlySet<MessageLayout>;
}

/** What was read: ids by our names, bodies by the names of their fields. */
export interface Opened {
  /** A type of the forms, or UNKNOWN; undefined if there is none, or none that is known. */
  readonly type: string | undefined;
  readonly ids: Readonly<Record<string, string>>;
  readonly bodies: Readonly<Record<string, object>>;
}

export interface Envelope {
  /** Throws MeteError (INVALID_MESSAGE) with Mesos' text, `Failed to parse body into Call protobuf`. */
  open(bytes: Uint8Array): Opened;
  /** `body` is what stands in the field `key`; null for none. */
  seal(type: string, key: string, body: object | null, ids?: Readonly<Record<string, string | undefined>>): Uint8Array;
}

export function createEnvelope(layouts: Layouts, { name, type, ids = [], forms, kept }: EnvelopeRules): Envelope {
  const typeField: FieldLayout = {
    ...{ name: 'type', number: type, form: 'one', optional: true, maxLength: 0 },
    value: wordsOf({ UNKNOWN: 0, ...Object.fromEntries(forms.map((form) => [form.type, form.number])) }),
  };
  const idFields = ids.map((id) => layouts.fieldOf(id.name, id.node, id.number));
  const bodied = forms.flatMap((form) => (form.body === null ? [] : [{ ...form, body: form.body }]));
  const bodyFields = bodied.map(({ key, field, body, numbers }): FieldLayout => {
    const value = layouts.layoutOf(body, numbers);
    return { name: key, number: field, form: 'one', value, optional: true, maxLength: 0 };
  });
  const layout = messageOf([typeField, ...idFields, ...bodyFields], name);
  let write: WriteMessage | undefined;

  return {
    open(bytes) {
      const read = parsed(name, () => readProtobuf(layout, bytes));
      const bodies: Record<string, object> = {};
      for (const { key, body } of bodied) {
        const value = read[key];
        if (value === undefined) continue;
        const fault = findFault(body, value, key);
        if (fault !== null) throw unparsable(name, fault);
        bodies[key] = value as object;
      }
      const given = ids.flatMap((id) => (read[id.name] === undefined ? [] : [[id.name, read[id.name]] as const]));
      return { type: read['type'] as string | undefined, ids: Object.fromEntries(given) as Opened['ids'], bodies };
    },
    seal(ofType, key, body, given = {}) {
      write ??= compileProtobufWrites([layout], kept)[0]!;
      return write(body === null ? { ...given, type: ofType } : { ...given, type: ofType, [key]: body });
    },
  };
}

function parsed<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const detail = { field: 'body', value: undefined, reason: error.message, mend: `send a ${name} in protobuf` };
    throw unparsable(name, detail, error);
  }
}

/** The refusal of bytes that are no message, with Mesos' text; why is told beside it. */
export function unparsable(name: string, { field, value, reason, mend }: ErrorDetail, cause?: unknown): MeteError {
  const text = `Failed to parse body into ${name} protobuf`;
  return new MeteError('INVALID_MESSAGE', { field, value, reason: text, mend: `${mend} (${reason})`, cause });
}
