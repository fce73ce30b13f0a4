/** Frames: every message there and back, and nothing but a MeteError for whatever else comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { MeteError } from '../../src/base/errors.js';
import { decodeFrame, encodeFrame, FRAME_LIMITS } from '../../src/protocol/codec.js';
import { countFrame } from '../../src/protocol/frame-scan.js';
import { type Message, OPCODES } from '../../src/protocol/messages.js';
import type { TaskId } from '../../src/protocol/schema.js';
import { refuses } from '../resources/refuses.js';
import { anyMessage, messagesOf, TYPES } from './arbitraries.js';

const packr = new Packr({ useRecords: true });
const maps = new Packr({ useRecords: false });

/** Decodes bytes that may be anything: the messages, or null if they were refused as they must be. */
function decodeOrRefuse(bytes: Uint8Array): Message[] | null {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    assert.ok(error instanceof MeteError, String(error));
    assert.ok(['INVALID_MESSAGE', 'UNKNOWN_MESSAGE', 'LIMIT_EXCEEDED'].includes(error.code), error.message);
    return null;
  }
}

for (const type of TYPES) {
  test(`${type} comes back as it was`, () => {
    const frames = fc.array(messagesOf(type), { maxLength: 3 });
    fc.assert(
      fc.property(frames, (messages) => assert.deepEqual(decodeFrame(encodeFrame(messages)), messages)),
      { numRuns: 15 },
    );
  });
}

test('many messages of many types share a frame, also of more kinds of objects than there are ids', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 30, maxLength: 60 }), (messages) =>
      assert.deepEqual(decodeFrame(encodeFrame(messages)), messages),
    ),
    { numRuns: 15 },
  );
});

test('frames share nothing: each is read by itself, in any order', () => {
  const frames = ['a', 'b', 'c'].map((id) => encodeFrame([{ type: 'KILL', taskId: id as TaskId }]).slice());
  const ids = frames.reverse().map((frame) => decodeFrame(frame)[0]);
  assert.deepEqual(ids, ['c', 'b', 'a'].map((taskId) => ({ type: 'KILL', taskId })));
  assert.deepEqual(decodeFrame(encodeFrame([])), []);
});

test('a frame is a msgpack array of opcodes and bodies, in records or in maps', () => {
  const kill: Message = { type: 'KILL', taskId: 't' as TaskId };
  assert.deepEqual(packr.unpack(encodeFrame([kill])), [OPCODES.KILL, { taskId: 't' }]);
  assert.deepEqual(decodeFrame(maps.pack([OPCODES.KILL, { taskId: 't' }])), [kill]);
});

test('undefined fields are not on the wire', () => {
  const message = { type: 'KILL', taskId: 't', agentId: undefined, killPolicy: { gracePeriodMs: undefined } };
  const bytes = encodeFrame([message as unknown as Message]);
  assert.deepEqual(packr.unpack(bytes), [OPCODES.KILL, { taskId: 't', killPolicy: {} }]);
});

test('what cannot be written is refused with its field, and the next frame is whole', () => {
  const kill: Message = { type: 'KILL', taskId: 't' as TaskId };
  for (const bad of [{ type: 'KILL' }, { type: 'KILL', taskId: 't', killPolicy: null }, { type: 'DECLINE' }]) {
    refuses('INVALID_MESSAGE', () => encodeFrame([kill, bad as unknown as Message]), /KILL\.|DECLINE\./);
    assert.deepEqual(decodeFrame(encodeFrame([kill])), [kill]);
  }
  refuses('UNKNOWN_MESSAGE', () => encodeFrame([{ type: 'FLY' } as unknown as Message]));
});

test('frames stay as they are when others are written, small ones and large ones', () => {
  const sizes = fc.array(fc.constantFrom(1, 100, 3000, 60_000, 200_000), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const bytes = lengths.map((length, i) => new Uint8Array(length).fill(i));
      const messages = bytes.map((data): Message => ({ type: 'EXECUTOR_SEND', data }));
      const frames = messages.map((message) => encodeFrame([message]));
      frames.forEach((frame, i) => assert.deepEqual(decodeFrame(frame), [messages[i]]));
    }),
    { numRuns: 20 },
  );
});

test('msgpackr reads what is written', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const { type, ...body } = message;
      const reader = new Packr({ useRecords: true, mapsAsObjects: true });
      assert.deepEqual(plain(reader.unpack(encodeFrame([message]))), plain([OPCODES[type], body]));
    }),
    { numRuns: 100 },
  );
});

/** JSON with bytes as lists; msgpackr names `__proto__` otherwise. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner)));
}

test('bytes are copies of their own', () => {
  const frame = encodeFrame([{ type: 'EXECUTOR_SEND', data: new Uint8Array([1, 2, 3]) }]).slice();
  const [message] = decodeFrame(frame);
  frame.fill(0);
  assert.deepEqual(message, { type: 'EXECUTOR_SEND', data: new Uint8Array([1, 2, 3]) });
  assert.equal(message.data.buffer.byteLength, 3);
});

test('a frame cut anywhere is refused', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 2 }), (messages) => {
      const bytes = encodeFrame(messages);
      for (let length = 0; length < bytes.length; length++) {
        assert.equal(decodeOrRefuse(bytes.slice(0, length)), null, `${length} of ${bytes.length} bytes`);
      }
    }),
    { numRuns: 10 },
  );
});

test('garbage is refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeOrRefuse(bytes)), { numRuns: 2000 });
});

test('a frame with some bytes changed is refused or holds valid messages', () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(anyMessage, fc.array(change, { minLength: 1, maxLength: 4 }), (message, changes) => {
      const bytes = encodeFrame([message]).slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const messages = decodeOrRefuse(bytes);
      if (messages !== null) assert.deepEqual(decodeFrame(encodeFrame(messages)), messages);
    }),
    { numRuns: 500 },
  );
});

test('lengths beyond the frame are refused at once', () => {
  const heads = [[0xdd], [0xdf], [0xdb], [0xc6], [0xc9], [0xdc], [0xde], [0xda]];
  for (const head of heads) {
    const bytes = [...head, 0xff, 0xff, 0xff, 0xff, 1, 2, 3];
    refuses('INVALID_MESSAGE', () => decodeFrame(new Uint8Array(bytes)));
    refuses('INVALID_MESSAGE', () => decodeFrame(new Uint8Array([0x92, OPCODES.KILL, ...bytes])));
  }
  // Lists in lists, each as long as the frame.
  const nested = Array.from({ length: 500 }, () => [0xdd, 0, 0, 0x9, 0xc4]).flat();
  refuses('INVALID_MESSAGE', () => decodeFrame(new Uint8Array(nested)));
});

test('deep nesting is refused', () => {
  for (const head of [0x91, 0x81]) {
    refuses('INVALID_MESSAGE', () => decodeFrame(new Uint8Array(1_000_000).fill(head)));
  }
  const kill = encodeFrame([{ type: 'KILL', taskId: 't' as TaskId }]);
  assert.equal(decodeFrame(kill).length, 1, 'and the next frame is read');
});

test('a frame of more values than can be is refused before it is read', () => {
  const { values } = FRAME_LIMITS;
  const bytes = new Uint8Array(values + 10).fill(0x80);
  bytes.set([0xdd, 0, 0x0f, 0x42, 0x45]);
  refuses('LIMIT_EXCEEDED', () => decodeFrame(bytes));
  const data = new Uint8Array(2 * values);
  assert.equal(decodeFrame(encodeFrame([{ type: 'EXECUTOR_SEND', data }])).length, 1);
});

test('a frame of more definitions than can be is refused before it is read; their bytes in data do not matter', () => {
  const body = (i: number) => packr.pack({ [`k${i}`]: null });
  const bodies = (count: number) => {
    const list = Array.from({ length: count }, (_, i) => [...body(i)]).flat();
    return new Uint8Array([0xdc, count >> 8, count & 255, ...list]);
  };
  refuses('UNKNOWN_MESSAGE', () => decodeFrame(bodies(FRAME_LIMITS.definitions)));
  refuses('LIMIT_EXCEEDED', () => decodeFrame(bodies(FRAME_LIMITS.definitions + 2)), 'definitions');
  const data = new Uint8Array(10_000).map((_, i) => (i % 2 === 0 ? 0xd4 : 0x72));
  assert.deepEqual(decodeFrame(encodeFrame([{ type: 'EXECUTOR_SEND', data }])), [{ type: 'EXECUTOR_SEND', data }]);
});

test('values are counted as the reader sees them', () => {
  const count = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + count(item), 1);
    if (typeof value !== 'object' || value === null) return 1;
    return Object.values(value).reduce<number>((sum, item) => sum + 1 + count(item), 1);
  };
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(countFrame(maps.pack(value)).values, count(value))));
  const extension = [0xd7, 1, ...new Uint8Array(8), 0xc7, 2, 1, 9, 9, 0xca, 0, 0, 0, 0, 0xcb, ...new Uint8Array(8)];
  assert.deepEqual(countFrame(new Uint8Array(extension)), { values: 4, definitions: 0 });
});

test('an opcode that is not known is refused as such', () => {
  for (const opcode of [0, 49, 60_000, -1, 'KILL', null]) {
    const error = refuses('UNKNOWN_MESSAGE', () => decodeFrame(packr.pack([opcode, {}])));
    assert.equal(error.field, 'opcode');
  }
});

test('what is no list of opcodes and bodies is refused', () => {
  for (const frame of [null, 1, 'KILL', {}, [OPCODES.PONG], [OPCODES.PONG, {}, OPCODES.PONG]]) {
    refuses('INVALID_MESSAGE', () => decodeFrame(packr.pack(frame)));
  }
  for (const body of [null, 1, 'x', [], new Date(0), new Set(), /x/, new Error('x'), new Uint8Array(1)]) {
    refuses('INVALID_MESSAGE', () => decodeFrame(packr.pack([OPCODES.PONG, body])));
  }
});

test('objects that are not plain, and values of other kinds, are refused wherever they are', () => {
  const more = new Packr({ useRecords: true, moreTypes: true });
  const strange = [new Map([['a', 1]]), new Set([1]), new Date(0), /x/, new Error('x'), 10n ** 20n, null];
  for (const value of [...strange, new Float64Array(1)]) {
    for (const body of [{ taskId: value }, { taskId: 't', killPolicy: value }]) {
      refuses('INVALID_MESSAGE', () => decodeFrame(more.pack([OPCODES.KILL, body])));
    }
  }
});

test('a body cannot say another type, nor reach a prototype', () => {
  const twice = packr.pack([OPCODES.PONG, { type: 'KILL', taskId: 't' }]);
  refuses('INVALID_MESSAGE', () => decodeFrame(twice), 'has a type');
  for (const name of ['__proto__', 'constructor', 'toString', '__proto_']) {
    const body = JSON.parse(`{"taskId":"t","${name}":{"polluted":true}}`) as object;
    refuses('INVALID_MESSAGE', () => decodeFrame(maps.pack([OPCODES.KILL, body])));
    refuses('INVALID_MESSAGE', () => decodeFrame(packr.pack([OPCODES.KILL, body])));
  }
  const roles = JSON.parse('{"user":"u","name":"n","offerFilters":{"__proto__":{}}}') as object;
  const frame = maps.pack([OPCODES.SUBSCRIBE, { frameworkInfo: roles }]);
  refuses('INVALID_MESSAGE', () => decodeFrame(frame), 'offerFilters name');
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});
