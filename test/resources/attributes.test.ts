/** Attributes: text and JSON forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Attribute,
  attributesFromJson,
  attributesToJson,
  parseAttributes,
} from '../../src/resources/attributes.js';
import { refuses } from './refuses.js';

const text = (name: string, value: string): Attribute => ({ name, type: 'TEXT', text: value });
const number = (name: string, value: number): Attribute => ({ name, type: 'SCALAR', value });

test('[C21] text, scalars and ranges, joined by semicolons or line ends', () => {
  assert.deepEqual(parseAttributes('rack:abc;cores:4;ports:[1-5, 6-7]\nspeed:2.5e3;'), [
    text('rack', 'abc'),
    number('cores', 4),
    { name: 'ports', type: 'RANGES', ranges: [1, 7] },
    number('speed', 2500),
  ]);
  assert.deepEqual(parseAttributes(' ; '), []);
});

test('[C21] the first colon splits, order and repeated names are kept', () => {
  assert.deepEqual(parseAttributes('url:http://x:80/;z:1;a:2;z:b'), [
    text('url', 'http://x:80/'),
    number('z', 1),
    number('a', 2),
    text('z', 'b'),
  ]);
});

test('[C21] blanks go, and what is no number >= 0 is text', () => {
  assert.deepEqual(parseAttributes(' os : Debian 12 ;t:-5;n:NaN;i:inf;v:1.2.3;p:f(x);hex:0x1f;ä:💾'), [
    text('os', 'Debian12'),
    text('t', '-5'),
    text('n', 'NaN'),
    text('i', 'inf'),
    text('v', '1.2.3'),
    text('p', 'f(x)'),
    text('hex', '0x1f'),
    text('ä', '💾'),
  ]);
});

const REFUSED: readonly [input: string, part: string, at: number, reason: string][] = [
  ['rack', 'rack', 1, "it has no ':'"],
  ['a:1;rack:', 'rack:', 5, 'the value is empty'],
  [':x', ':x', 1, 'the name is empty'],
  ['a:{x,y}', '{x,y}', 3, 'attributes cannot be sets'],
  ['a:x[1-2]', '[1-2]', 4, "unexpected '['"],
  ['a:x}', '}', 4, "unexpected '}'"],
  ['a:f(x', 'f(x', 3, "its '(' is not closed"],
  ['a:x)', ')', 4, "its ')' has no '('"],
  ['a:[1-', '[1-', 3, "its '[' is not closed"],
  ['a:[5-1]', '5-1', 4, 'the range begins beyond its end'],
];

test('[C21] what cannot be read is refused by the offending part and its place', () => {
  for (const [input, part, at, reason] of REFUSED) {
    const error = refuses('INVALID_ARGUMENT', () => parseAttributes(input, '--attributes'), reason);
    assert.deepEqual([error.field, error.value], ['--attributes', part], input);
    assert.ok(error.reason.endsWith(`(at character ${at})`), error.message);
  }
  refuses('INVALID_ARGUMENT', () => parseAttributes(1 as unknown as string), 'it is not a string');
});

const anyAttribute = fc.oneof(
  fc.tuple(fc.string({ minLength: 1 }), fc.string()).map(([name, value]) => text(name, value)),
  fc.tuple(fc.string({ minLength: 1 }), fc.double({ noNaN: true, noDefaultInfinity: true })).map(([name, value]) =>
    number(name, value + 0),
  ),
  fc.nat(9).map((n): Attribute => ({ name: 'r', type: 'RANGES', ranges: [n, n + 2, n + 9, n + 9] })),
);

test('[C21] attributes survive JSON', () => {
  fc.assert(
    fc.property(fc.array(anyAttribute, { maxLength: 5 }), (attributes) => {
      const json: unknown = JSON.parse(JSON.stringify(attributesToJson(attributes)));
      assert.deepEqual(attributesFromJson(json), attributes);
    }),
  );
  assert.deepEqual(attributesToJson(parseAttributes('rack:abc;cores:4;ports:[1-5]')), [
    { name: 'rack', type: 'TEXT', text: { value: 'abc' } },
    { name: 'cores', type: 'SCALAR', scalar: { value: 4 } },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1, end: 5 }] } },
  ]);
});

test('[C21] JSON that holds no attributes is refused by the path of the field', () => {
  const refused = (json: unknown, says: string): void => {
    refuses('INVALID_ARGUMENT', () => attributesFromJson(json), says);
  };
  refused({}, 'attributes {}: it is not an array');
  refused([1], 'attributes[0] 1: it is not an object');
  refused([{ name: '', type: 'TEXT', text: { value: 'x' } }], 'attributes[0].name ""');
  refused([{ name: 'a', type: 'SET', set: {} }], 'attributes[0].type "SET"');
  refused([{ name: 'a', type: 'TEXT' }], 'attributes[0].text undefined: an attribute of type TEXT needs it');
  refused([{ name: 'a', type: 'TEXT', text: {} }], 'attributes[0].text.value undefined');
  refused([{ name: 'a', type: 'SCALAR', scalar: { value: 'Infinity' } }], 'it is not finite');
  refused([{ name: 'a', type: 'RANGES', ranges: { range: [{ begin: 2, end: 1 }] } }], 'attributes[0].ranges.range[0]');
});
