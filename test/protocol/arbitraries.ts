/** Random values of the schemas, made from the schemas: what a schema allows, some test has sent. */
import fc from 'fast-check';
import type { Message, MessageType } from '../../src/protocol/messages.js';
import { MESSAGES } from '../../src/protocol/messages.js';
import { type Node, nodeOf } from '../../src/protocol/shape.js';

export const TYPES = Object.keys(MESSAGES) as MessageType[];

/** How deep optional fields are filled; below it there are only the required ones. */
const DEPTH = 4;

/** Texts: short, with the characters that formats trip over, now and then of each form of length of msgpack. */
const WORDS = ['', 'a', 'agent-1', '*', 'eng/ads', 'constructor', '__proto__', 'ü', '💾', '"\\\n'];
const anyText = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 3, arbitrary: fc.string({ maxLength: 40, unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.integer({ min: 28, max: 400 }).map((length) => 'x'.repeat(length)) },
);
const anyDouble = fc.oneof(
  fc.constantFrom(0, 1, 0.1, 2.5, 1e21, 1e-7, 150, -3, 2 ** 40, 1700000000.25),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);
const anyInteger = fc.oneof(
  fc.constantFrom(0, 1, -1, 127, 128, 255, 256, 65_535, 65_536, -32, -33, -128, -129, 2 ** 31, 2 ** 32, -(2 ** 31) - 1),
  fc.maxSafeInteger(),
);
/** Whole microseconds, which survive milliseconds and nanoseconds. */
const anyMs = fc.oneof(
  fc.constantFrom(0, 5000, 0.25, 1_700_000_000_123, 1_700_000_000_123.456),
  fc.integer({ min: -1e9, max: 1e12 }),
);
const anyBytes = fc.uint8Array({ maxLength: 40 });

const known = new Map<string, fc.Arbitrary<unknown>>();

/** Values of a node. */
export function valuesOf(node: Node, depth = DEPTH): fc.Arbitrary<unknown> {
  switch (node.kind) {
    case 'text':
      return anyText;
    case 'number':
      if (node.v1.nanoseconds === true) return anyMs;
      return node.infinite ? fc.oneof(anyDouble, fc.constant(Infinity)) : anyDouble;
    case 'integer':
      return anyInteger;
    case 'flag':
      return fc.boolean();
    case 'bytes':
      return anyBytes;
    case 'word':
      return fc.constantFrom(...node.words);
    case 'list':
      return fc.array(valuesOf(node.item, depth - 1), { maxLength: depth > 2 ? 3 : 2 });
    case 'map':
      return fc
        .array(fc.tuple(fc.constantFrom('eng', '*', 'a/b', 'constructor', 'ü'), valuesOf(node.value, depth - 1)), {
          maxLength: 2,
        })
        .map((entries) => Object.fromEntries(entries));
    case 'object': {
      const fields = node.fields.filter((field) => depth > 0 || !field.optional);
      const requiredKeys = fields.filter((field) => !field.optional).map((field) => field.name);
      const arbitraries = fields.map(({ name, node: inner }) => [name, valuesOf(inner, depth - 1)] as const);
      return fc.record(Object.fromEntries(arbitraries), { requiredKeys, noNullPrototype: true });
    }
  }
}

/** Messages of a type. */
export function messagesOf(type: MessageType): fc.Arbitrary<Message> {
  const before = known.get(type) ?? valuesOf(nodeOf(MESSAGES[type]));
  known.set(type, before);
  return before as fc.Arbitrary<Message>;
}

/** Messages of any type. */
export const anyMessage: fc.Arbitrary<Message> = fc.constantFrom(...TYPES).chain((type) => messagesOf(type));
