/** docs/frameworks.md is true: the programs it shows are the files in docs/examples, and they run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startCluster } from '../agent/shell/cluster.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${ROOT}docs/frameworks.md`, 'utf8');
const run = promisify(execFile);

/** What a framework of the examples prints, against a cluster of its own. */
async function printed(program: string, flags: readonly string[] = []): Promise<string> {
  const cluster = await startCluster();
  try {
    await cluster.addAgent();
    const path = `${ROOT}docs/examples/${program}`;
    const options = { cwd: program.endsWith('.ts') ? ROOT : cluster.root, timeout: 60_000 };
    return (await run(process.execPath, [...flags, path, cluster.master.address], options)).stdout;
  } finally {
    await cluster.close();
  }
}

for (const name of ['scheduler.ts', 'mesos-framework.mjs']) {
  test(`docs/frameworks.md shows ${name} as it is`, () => {
    const at = page.indexOf(`<!-- docs/examples/${name} -->`);
    const start = page.indexOf('\n', page.indexOf('```', at)) + 1;
    const source = readFileSync(`${ROOT}docs/examples/${name}`, 'utf8');
    assert.ok(at > 0);
    assert.equal(page.slice(start, page.indexOf('```', start)), source.slice(source.indexOf('*/\n') + 3).trimStart());
  });
}

test('the files that docs/frameworks.md and docs/compatibility.md link to are there', () => {
  for (const name of ['frameworks.md', 'compatibility.md']) {
    const text = readFileSync(`${ROOT}docs/${name}`, 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)#:]+)\)/g)) assert.ok(existsSync(`${ROOT}docs/${link}`), link);
  }
});

test("a framework on mete's own driver runs its commands", async () => {
  const lines = (await printed('scheduler.ts', ['--import', 'tsx'])).split('\n');
  assert.equal(lines.filter((line) => line.includes(' TASK_FINISHED')).length, 10);
});

test('a framework on mesos-framework runs its tasks', async () => {
  const lines = (await printed('mesos-framework.mjs')).split('\n');
  assert.equal(lines.filter((line) => line.includes(' TASK_FINISHED')).length, 3);
});
