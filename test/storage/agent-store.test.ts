/** The checkpoint of an agent on disk: whole or refused, whatever was done to the file. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdtempSync, openSync } from 'node:fs';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { mix32 } from '../../src/base/mix32.js';
import { MeteError } from '../../src/base/errors.js';
import type { CheckpointRecord } from '../../src/protocol/checkpoint.js';
import { AGENT_STORE_FILE, openAgentStore } from '../../src/storage/agent-store.js';

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'mete-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const boot = (bootId: string): CheckpointRecord => ({ type: 'BOOT', bootId });

/** Whether an error is one of a checkpoint that names its file and the mend. */
function isRefusal(path: string, ...codes: string[]): (error: Error) => boolean {
  return (error) => {
    assert.ok(error instanceof MeteError, String(error));
    assert.ok(codes.includes(error.code), error.message);
    assert.ok(error.message.includes(path) && error.mend !== '', error.message);
    return true;
  };
}

test('[C61] what is committed is there when the store is opened again, under its key', async (t) => {
  const directory = directoryFor(t);
  const first = await openAgentStore(directory);
  assert.deepEqual(first.entries, []);
  const long = `runs/c/tasks/${'\u{1f600}'.repeat(127)}/task.info`;
  await first.commit([
    { key: 'boot_id', record: boot('a') },
    { key: 'runs/a/tasks/é…1/task.info', record: boot('b') },
    { key: 'runs/b/x', record: boot('c') },
    { key: long, record: boot('d') },
  ]);
  await first.commit([
    { key: 'boot_id', record: boot('e') },
    { key: 'runs/a/y', record: boot('f') },
    { key: 'runs/a/', record: null },
    { key: 'runs/b/nothing', record: null },
  ]);
  await first.close();
  const second = await openAgentStore(directory);
  const expected: [string, CheckpointRecord][] = [
    ['boot_id', boot('e')],
    ['runs/b/x', boot('c')],
    [long, boot('d')],
  ];
  assert.deepEqual(new Map(second.entries), new Map(expected));
  assert.deepEqual(second.unreadable, []);
  await second.close();
});

test('[C64] a store that is cut off anywhere is refused, and never taken for an empty one', async (t) => {
  const directory = directoryFor(t);
  const path = join(directory, AGENT_STORE_FILE);
  const store = await openAgentStore(directory);
  for (let n = 0; n < 100; n++) await store.commit([{ key: `runs/${n}/x`, record: boot('x'.repeat(500)) }]);
  await store.close();
  const whole = readFileSync(path);
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const size = round === 0 ? 0 : (mix32(round) >>> 0) % whole.length;
    writeFileSync(path, whole);
    const file = openSync(path, 'r+');
    ftruncateSync(file, size);
    closeSync(file);
    // What was cut off may have been pages that nothing is in: then everything is there.
    const opened = await openAgentStore(directory).catch((error: Error) => {
      assert.ok(isRefusal(path, 'CHECKPOINT_CORRUPT')(error));
      assert.equal(statSync(path).size, size, 'it is left as it was');
    });
    refused += opened === undefined ? 1 : 0;
    if (opened !== undefined) assert.equal(opened.entries.length, 100, `cut at ${size}`);
    await opened?.close();
  }
  assert.ok(refused > 30, `refused ${refused} times`);
  writeFileSync(path, whole);
  const again = await openAgentStore(directory);
  assert.equal(again.entries.length, 100);
  await again.close();
});

test('[C64] a record that is damaged is known by its checksum, the others are read', async (t) => {
  const directory = directoryFor(t);
  const path = join(directory, AGENT_STORE_FILE);
  const store = await openAgentStore(directory);
  await store.commit([
    { key: 'runs/a/x', record: boot('before-DAMAGED-after') },
    { key: 'runs/b/x', record: boot('fine') },
  ]);
  await store.close();
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf('DAMAGED'); at >= 0; at = bytes.indexOf('DAMAGED', at)) bytes.write('damaged', at);
  writeFileSync(path, bytes);
  const again = await openAgentStore(directory);
  assert.deepEqual(again.entries, [['runs/b/x', boot('fine')]]);
  assert.deepEqual(again.unreadable, ['runs/a/x: its checksum is wrong']);
  await again.close();
});

test('a store of a later version is refused', async (t) => {
  const directory = directoryFor(t);
  const store = await openAgentStore(directory);
  await store.commit([{ key: 'form', record: { type: 'FORM', form: 2 } }]);
  await store.close();
  const path = join(directory, AGENT_STORE_FILE);
  await assert.rejects(openAgentStore(directory), isRefusal(path, 'CHECKPOINT_TOO_NEW'));
});

test('a store that may not be read, or a directory that may not be written, is refused', async (t) => {
  const directory = directoryFor(t);
  writeFileSync(join(directory, 'file'), '');
  const nowhere = join(directory, 'file');
  await assert.rejects(openAgentStore(nowhere), isRefusal(nowhere, 'CHECKPOINT_FAILED'));
});
