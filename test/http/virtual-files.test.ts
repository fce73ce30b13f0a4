/** Directories under virtual paths: what is in them, with modes; links that lead out of them lead nowhere. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFiles, FileRefusal, fixedRoots } from '../../src/http/virtual-files.js';
import { printMode } from '../../src/http/file-routes.js';

test('[B109] a directory is listed by name; links out of it are refused', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'files-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'shown', 'sub'), { recursive: true });
  await writeFile(join(root, 'shown', 'b'), 'bb');
  await writeFile(join(root, 'secret'), 'x');
  await symlink(join(root, 'secret'), join(root, 'shown', 'a'));
  const files = createFiles(fixedRoots(new Map([['/x', join(root, 'shown')]])));
  const list = await files.list('/x');
  assert.deepEqual(list.map(({ path }) => path), ['/x/a', '/x/b', '/x/sub']);
  assert.equal(list[1]!.size, 2);
  assert.deepEqual(list.map(({ mode }) => printMode(mode!)[0]), ['l', '-', 'd']);
  assert.equal(Buffer.from((await files.read('x/b', 0)).data).toString(), 'bb');
  const refusal = (status: number) => (error: unknown) => error instanceof FileRefusal && error.status === status;
  await assert.rejects(files.read('/x/a', 0), refusal(400));
  await assert.rejects(files.read('/x/sub', 0), refusal(400));
  await assert.rejects(files.read('/xb', 0), refusal(404));
});

test('modes are shown as ls does', () => {
  assert.equal(printMode(0o100644), '-rw-r--r--');
  assert.equal(printMode(0o040755), 'drwxr-xr-x');
});
