/** Inputs: what words mean, in which order, and what is refused. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gatherInputs } from '../../src/framework/shell/inputs.js';

const root = mkdtempSync(join(tmpdir(), 'mete-inputs-'));
after(() => rmSync(root, { recursive: true, force: true }));
for (const folder of ['a', 'a/deep', 'b']) mkdirSync(join(root, folder));
const files = {
  'a/2.txt': '22', 'a/1.txt': '1', 'a/deep/3.log': '333', 'a/.hidden': 'h', 'b/empty.txt': '', 'b/ä.txt': 'ä',
};
for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);

async function names(words: string[], copies?: number): Promise<string[]> {
  const inputs = await gatherInputs(words.map((word) => join(root, word)), copies);
  inputs.forEach((input, i) => assert.equal(input.index, i));
  return inputs.map(({ path, bytes }) => `${path.slice(root.length + 1)}:${bytes}`);
}

test('a file, a directory with all below it, a pattern; in order of paths, each once', async () => {
  assert.deepEqual(await names(['a/2.txt']), ['a/2.txt:2']);
  assert.deepEqual(await names(['a']), ['a/1.txt:1', 'a/2.txt:2', 'a/deep/3.log:3']);
  assert.deepEqual(await names(['**/*.txt']), ['a/1.txt:1', 'a/2.txt:2', 'b/empty.txt:0', 'b/ä.txt:2']);
  assert.deepEqual(await names(['a/2.txt', 'a', 'a/*.txt']), ['a/1.txt:1', 'a/2.txt:2', 'a/deep/3.log:3']);
});

test('copies are files of their own', async () => {
  assert.deepEqual(await names(['a/deep'], 3), Array(3).fill('a/deep/3.log:3'));
});

test('size and time of change are told; links lead to what they name', async () => {
  symlinkSync(join(root, 'a/1.txt'), join(root, 'link.txt'));
  const [input] = await gatherInputs([join(root, 'link.txt')]);
  assert.equal(input!.bytes, 1);
  assert.equal(input!.mtimeMs, statSync(join(root, 'a/1.txt')).mtimeMs);
});

test('what is not there, matches nothing, is no file or is too much is refused', async () => {
  const refused = async (words: string[], message: RegExp, copies?: number): Promise<void> => {
    await assert.rejects(gatherInputs(words, copies), { name: 'MeteError', message });
  };
  await refused([join(root, 'nothing')], /there is no such file or directory/);
  await refused([join(root, 'nothing-*')], /no file matches the pattern/);
  await refused(['/dev/null'], /it is neither a file nor a directory/);
  await refused([join(root, 'a')], /a job has at most 1000000 files/, 400_000);
});

test('an empty directory has no files, which is no error', async () => {
  mkdirSync(join(root, 'void'));
  assert.deepEqual(await names(['void']), []);
});
