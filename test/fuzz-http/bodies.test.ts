/** Bodies that are no calls: cut, changed, huge, deep, of the wrong form. Each gets a clear answer and harms nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClear, type Call, dice, type Dice, type Door, eachOf, openDoors, outcomeOf, post } from './doors.js';

const typeLine = (type: string): string => `Content-Type: ${type}`;

/** Sends a body to a door and looks at what comes back. */
async function send(door: Door, type: string, body: Buffer, what: string): Promise<number> {
  const outcome = await outcomeOf(door.port, post(door.path, [typeLine(type)], body));
  assertClear(outcome, () => `${door.name}, ${what}: ${type} ${body.subarray(0, 400).toString('hex')}`);
  return outcome.status as number;
}

const ODD = ['null', '[]', '{}', '1e999', '-0', '"', '\\u0000', '\\ud800', '\0', '\xff', '9'.repeat(400), ',,', 'true'];

/** A few changes at random places. */
function changed(body: Buffer, roll: Dice): Buffer {
  let bytes: Buffer = Buffer.from(body);
  for (let i = 0; i <= roll(4); i++) {
    const at = roll(bytes.length + 1);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (roll(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = roll(256);
        break;
      case 1:
        bytes = Buffer.concat([head, Buffer.from(ODD[roll(ODD.length)]!, 'latin1'), tail]);
        break;
      case 2:
        bytes = Buffer.concat([head, tail.subarray(roll(8))]);
        break;
      case 3:
        bytes = Buffer.concat([head, Buffer.from(Array.from({ length: roll(12) }, () => roll(256))), tail]);
        break;
      default:
        bytes = Buffer.concat([bytes, head.subarray(roll(head.length + 1))]);
    }
  }
  return bytes;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** A field that holds bytes. */
const holds = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);

/** A field in a field in a field. */
function nested(number: number, depth: number): Buffer {
  let bytes: Buffer = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) bytes = holds(number, bytes);
  return bytes;
}

const PROTOBUF: Readonly<Record<string, Buffer>> = {
  'a varint without end': Buffer.alloc(40, 0xff),
  'eleven bytes of varint': Buffer.from([8, ...Array.from({ length: 10 }, () => 0x80), 1]),
  'field 0': Buffer.from([0, 1]),
  'a huge field number': Buffer.from([0xf8, 0xff, 0xff, 0xff, 0x0f, 1]),
  'groups in groups': Buffer.alloc(200_000, 0x0b),
  'the end of a group': Buffer.from([0x0c]),
  'wire types that are none': Buffer.from([0x0e, 0x0f]),
  'a length of 2 GiB': Buffer.from([0x1a, 0xff, 0xff, 0xff, 0xff, 0x07]),
  'a negative length': Buffer.from([0x1a, ...Array.from({ length: 9 }, () => 0xff), 1]),
  'messages in messages, field 1': nested(1, 3000),
  'messages in messages, field 2': nested(2, 3000),
  'messages in messages, field 6': nested(6, 3000),
  'a million empty fields': Buffer.alloc(2_000_000, Buffer.from([0x22, 0x00])),
  'an enum that is none': Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
};

const MIB = 2 ** 20;

const JSON_TEXTS: Readonly<Record<string, string>> = {
  nothing: '',
  'a zero byte': '\0',
  'a byte order mark': '\ufeff{}',
  null: 'null',
  'a number': '1e400',
  'a list': '[{}]',
  'a long number': `{"type":${'9'.repeat(MIB)}}`,
  'lists in lists': '['.repeat(16 * MIB),
  'lists in lists that end': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'objects in objects': '{"a":'.repeat(2 * MIB),
  'many empty lists': `{"type":[${'[],'.repeat(MIB)}[]]}`,
  'many names': `{${Array.from({ length: 50_000 }, (_, i) => `"n${i}":0`).join()}}`,
  'the prototype': '{"type":"KILL","__proto__":{"kill":{}},"constructor":{"prototype":1}}',
  'a type that every object has': '{"type":"constructor"}',
  'a type that is a list': '{"type":["SUBSCRIBE"]}',
  'a lone surrogate': '{"type":"\\ud800"}',
  'half a character': Buffer.from([0x22, 0xe2, 0x82, 0x22]).toString('latin1'),
};

const TYPES = [
  'text/plain', 'application/recordio', 'application/x-protobuf;q=0', 'application/json; charset=utf-16', '*/*', ';',
  'application/', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'a'.repeat(5000),
];

test('bodies', async (suite) => {
  const { doors, assertServing } = await openDoors(suite);
  await suite.test('bodies that end too early are refused, wherever they are cut', async () => {
    for (const door of doors) {
      const cuts = door.calls.flatMap(({ type, body }) => Array.from(body.keys(), (end) => ({ type, body, end })));
      await eachOf(cuts, async ({ type, body, end }) => {
        const status = await send(door, type, body.subarray(0, end), `cut at ${end}`);
        if (type === 'application/json') assert.equal(status, 400);
      });
    }
    await assertServing();
  });

  await suite.test('bodies that were changed at random, in the right form and in the other', async () => {
    const roll = dice(suite);
    const runs = Number(process.env['METE_FUZZ_RUNS'] ?? 150);
    for (const door of doors) {
      const bodies = Array.from({ length: runs }, (): Call => {
        const { type, body } = door.calls[roll(door.calls.length)]!;
        const other = roll(8) === 0 ? door.calls[roll(door.calls.length)]!.type : type;
        return { type: other, body: changed(body, roll) };
      });
      await eachOf(bodies, async ({ type, body }) => void (await send(door, type, body, 'changed')));
    }
    await assertServing();
  });

  await suite.test('protobuf that is malformed, deep or full of groups', async () => {
    for (const door of doors) {
      await eachOf(Object.entries(PROTOBUF), async ([what, body]) => {
        assert.equal(await send(door, 'application/x-protobuf', body, what), 400, `${door.name}, ${what}`);
      });
    }
    await assertServing();
  });

  await suite.test('JSON that is deep, long or strange', async () => {
    for (const door of doors) {
      for (const [what, text] of Object.entries(JSON_TEXTS)) {
        const status = await send(door, 'application/json', Buffer.from(text), what);
        assert.ok(status === 400 || status === 413, `${door.name}, ${what}: ${status}`);
      }
    }
    await assertServing();
  });

  await suite.test('bodies of no type, of wrong types, and longer than is taken', async () => {
    for (const { name, port, path, calls } of doors) {
      const [{ body }] = calls as [Call];
      for (const type of TYPES) {
        const { status } = await outcomeOf(port, post(path, [typeLine(type)], body));
        assert.ok([200, 202, 400, 403, 404, 415].includes(status as number), `${name}, ${type}: ${status}`);
      }
      assert.equal((await outcomeOf(port, post(path, [], body))).status, 400);
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n${typeLine('application/json')}\r\n`;
      assert.equal((await outcomeOf(port, `${head}Content-Length: ${33 * MIB}\r\n\r\n{`)).status, 413, name);
      const chunk = `${(MIB).toString(16)}\r\n${' '.repeat(MIB)}\r\n`;
      const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(34)}`;
      assert.equal((await outcomeOf(port, chunked)).status, 413, name);
    }
    await assertServing();
  });
});
