/** What is read from bytes that no mete has written: cut, random, of newer versions, hostile. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { MeteError } from '../../src/base/errors.js';
import type { MessageOf } from '../../src/protocol/messages.js';
import { callFromProtobuf, eventFromProtobuf } from '../../src/protocol/protobuf/calls.js';
import { operatorCallFromProtobuf, responseFromProtobuf } from '../../src/protocol/protobuf/operator.js';
import { refuses } from '../resources/refuses.js';

const READERS: readonly ((bytes: Uint8Array) => unknown)[] = [
  (bytes) => callFromProtobuf('scheduler', bytes),
  (bytes) => callFromProtobuf('executor', bytes),
  (bytes) => eventFromProtobuf('scheduler', bytes),
  (bytes) => eventFromProtobuf('executor', bytes),
  operatorCallFromProtobuf,
  responseFromProtobuf,
];

/** What may be said of bytes: they are read, or refused as what they are. */
function isReadOrRefused(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    read(bytes);
    return true;
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    assert.ok(['INVALID_MESSAGE', 'INCOMPLETE_CALL', 'UNKNOWN_MESSAGE'].includes(error.code), error.message);
    return false;
  }
}

const hexes = JSON.parse(readFileSync(new URL('protobuf-golden.json', import.meta.url), 'utf8')) as { hex: string }[];
const examples = hexes.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));

test('bodies cut at every byte, and with every byte another, are read or refused', () => {
  for (const bytes of examples) {
    for (let i = 0; i < bytes.length; i++) {
      for (const read of READERS) isReadOrRefused(read, bytes.subarray(0, i));
      const changed = bytes.slice();
      changed[i] = changed[i]! ^ (1 << i % 8);
      for (const read of READERS) isReadOrRefused(read, changed);
    }
  }
  const kill = examples[2]!;
  for (let i = 1; i < kill.length; i++) {
    // Between fields of the Call a cut leaves a call that lacks something; elsewhere none at all.
    const isBetween = [7, 9].includes(i);
    const code = isBetween ? 'INCOMPLETE_CALL' : 'INVALID_MESSAGE';
    refuses(code, () => callFromProtobuf('scheduler', kill.subarray(0, i)));
  }
});

test('random bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...READERS), (bytes, read) => {
      isReadOrRefused(read, bytes);
    }),
    { numRuns: 2000 },
  );
});

/** A KILL with more in it: `more` writes fields of the Call, `inside` those of its body. */
type Add = (writer: protobuf.Writer) => unknown;
const nothing: Add = () => undefined;

function killWith(more: Add = nothing, inside: Add = nothing): V1Kill {
  const writer = protobuf.Writer.create();
  writer.uint32(10).fork().uint32(10).string('F').ldelim().uint32(16).int32(6);
  writer.uint32(50).fork().uint32(10).fork().uint32(10).string('t').ldelim();
  inside(writer);
  writer.ldelim();
  more(writer);
  return callFromProtobuf('scheduler', writer.finish()) as V1Kill;
}
interface V1Kill {
  readonly frameworkId?: string;
  readonly message: MessageOf<'KILL'>;
}
const unparsed = 'Failed to parse body into Call protobuf';

test('fields that are not known, or not of the known form, are skipped', () => {
  const { message } = killWith(
    (w) => w.uint32(8 * 99).uint32(1).uint32(8 * 98 + 1).fixed64(1).uint32(8 * 97 + 5).fixed32(1),
    (w) => w.uint32(8 * 2).uint32(7).uint32(8 * 50 + 2).string('later'),
  );
  assert.deepEqual(message, { type: 'KILL', taskId: 't' });
});

test('groups are refused, and so are fields without a number', () => {
  refuses('INVALID_MESSAGE', () => killWith((w) => w.uint32(8 * 99 + 3).uint32(8 * 99 + 4)), unparsed);
  refuses('INVALID_MESSAGE', () => killWith((w) => w.uint32(2).string('')), unparsed);
  refuses('INVALID_MESSAGE', () => killWith((w) => w.uint32(8 * 99 + 6)), unparsed);
});

test('of a field that stands twice the last counts, messages are merged', () => {
  const { frameworkId, message } = killWith(
    (w) => {
      w.uint32(10).fork().uint32(10).string('G').ldelim();
      w.uint32(50).fork().uint32(18).fork().uint32(10).string('S').ldelim().ldelim();
    },
    (w) => w.uint32(10).fork().uint32(10).string('u').ldelim(),
  );
  assert.equal(frameworkId, 'G');
  assert.deepEqual(message, { type: 'KILL', taskId: 'u', agentId: 'S' });
});

/** An UPDATE of an executor whose status has what is written. */
function statusWith(write: Add): MessageOf<'EXECUTOR_UPDATE'>['status'] {
  const writer = protobuf.Writer.create();
  for (const field of [1, 2]) writer.uint32(8 * field + 2).fork().uint32(10).string('x').ldelim();
  writer.uint32(24).int32(2).uint32(42).fork().uint32(10).fork().uint32(10).fork().uint32(10).string('t').ldelim();
  write(writer);
  writer.ldelim().ldelim();
  const { message } = callFromProtobuf('executor', writer.finish());
  assert.ok(message?.type === 'EXECUTOR_UPDATE');
  return message.status;
}

test('an unknown word is dropped where none is needed, and refuses the call where one is', () => {
  const status = statusWith((w) => w.uint32(16).int32(1).uint32(80).int32(999).uint32(72).int32(-1));
  assert.deepEqual(status, { taskId: 't', state: 'TASK_RUNNING' });
  const error = refuses('INVALID_MESSAGE', () => statusWith((w) => w.uint32(16).int32(999)), unparsed);
  assert.equal(error.reason, unparsed);
  refuses('INVALID_MESSAGE', () => statusWith(() => undefined), unparsed);
});

test('nanoseconds are exact to the microsecond, negative numbers have ten bytes or five', () => {
  const time = (low: number, high: number) => (w: protobuf.Writer) => {
    // 1 700 000 000 123 456 000 in two halves, as a varint would lie.
    w.uint32(16).int32(1).uint32(114).fork().uint32(8);
    w.int64({ low, high, unsigned: false }).ldelim();
  };
  const whole = 1_700_000_000_123_456_000n;
  const status = statusWith(time(Number(BigInt.asIntN(32, whole)), Number(whole >> 32n)));
  assert.equal(status.unreachableTimeMs, 1_700_000_000_123.456);
  const exitCode = (write: Add) => statusWith((w) => {
    w.uint32(16).int32(1).uint32(122).fork().uint32(18).fork().uint32(8);
    write(w);
    w.ldelim().ldelim();
  }).checkStatus?.command?.exitCode;
  assert.equal(exitCode((w) => w.int32(-1)), -1);
  assert.equal(exitCode((w) => w.uint32(0xffffffff)), -1);
});

test('numbers in a list may be packed', () => {
  const task = (write: Add): unknown => {
    const w = protobuf.Writer.create();
    w.uint32(10).fork().uint32(10).string('F').ldelim().uint32(16).int32(3).uint32(34).fork();
    w.uint32(18).fork().uint32(8).int32(1).uint32(18).fork().uint32(10).fork().uint32(10).string('n');
    for (const field of [2, 3]) w.uint32(8 * field + 2).fork().uint32(10).string('x').ldelim();
    w.uint32(66).fork().uint32(10).fork().uint32(8).uint32(80);
    write(w);
    for (let i = 0; i < 6; i++) w.ldelim();
    const { message } = callFromProtobuf('scheduler', w.finish());
    assert.ok(message?.type === 'ACCEPT');
    return message.operations?.[0]?.launch?.taskInfos[0]?.healthCheck?.http?.statuses;
  };
  assert.deepEqual(task((w) => w.uint32(32).uint32(200).uint32(32).uint32(204)), [200, 204]);
  assert.deepEqual(task((w) => w.uint32(34).fork().uint32(200).uint32(204).ldelim()), [200, 204]);
  const cut: Add = (w) => w.uint32(34).fork().uint32(200).bytes(new Uint8Array([])).ldelim().uint32(34).uint32(9);
  refuses('INVALID_MESSAGE', () => task(cut), unparsed);
});

test('what a call lacks is told as for JSON', () => {
  const call = (write: Add): unknown => {
    const writer = protobuf.Writer.create();
    write(writer);
    return callFromProtobuf('scheduler', writer.finish());
  };
  const byF: Add = (w) => w.uint32(10).fork().uint32(10).string('F').ldelim();
  const reasonOf = (write: Add) => refuses('INCOMPLETE_CALL', () => call(write)).reason;
  assert.equal(reasonOf(nothing), "Expecting 'type' to be present");
  assert.equal(reasonOf((w) => w.uint32(16).int32(6)), "Expecting 'framework_id' to be present");
  assert.equal(reasonOf((w) => (byF(w), w.uint32(16).int32(6))), "Expecting 'kill' to be present");
  assert.deepEqual(call((w) => (byF(w), w.uint32(16).int32(0))), { frameworkId: 'F', message: null });
  assert.deepEqual(call((w) => (byF(w), w.uint32(16).int32(5))), { frameworkId: 'F', message: { type: 'REVIVE' } });
});

test('few bytes do not become many values', () => {
  const items = new Uint8Array(400_002).map((_byte, i) => (i % 2 === 0 ? 10 : 0));
  const w = protobuf.Writer.create();
  w.uint32(10).fork().uint32(10).string('F').ldelim().uint32(16).int32(9).uint32(74).bytes(items);
  const error = refuses('INVALID_MESSAGE', () => callFromProtobuf('scheduler', w.finish()), 'a list has more than');
  assert.equal(error.reason, unparsed);
});
