/** No dead files: tests check-reach.ts on a planted one, then the project. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkReach, importEdges, includeEdges, listedSources, manifestEntries } from './check-reach.js';
import { assertTidy, projectFiles, show } from './sources.js';

test('a file that nothing imports is found; imports, re-exports and workers reach', () => {
  const files = [
    { path: 'src/index.ts', text: "export * from './base/a.js'; new URL('./worker.js', import.meta.url);" },
    { path: 'src/worker.ts', text: "const b = import('./base/b.js');" },
    { path: 'src/base/a.ts', text: "import type { C } from './c.js';" },
    { path: 'src/base/b.ts', text: '' },
    { path: 'src/base/c.ts', text: '' },
    { path: 'src/base/dead.ts', text: "import { a } from './a.js'; // './dead-too.js'" },
    { path: 'src/base/dead-too.ts', text: '' },
  ];
  const breaches = checkReach(files, ['src/index.ts'], importEdges);
  assert.deepEqual(breaches.map((breach) => breach.path), ['src/base/dead.ts', 'src/base/dead-too.ts']);
});

test('an entry point that is not there is found', () => {
  assert.match(show(checkReach([], ['src/index.ts'], importEdges)), /entry point that is not there/);
});

test('a C++ file that is not in the list of sources is found, and a header that nothing includes', () => {
  const files = [
    { path: 'native/core/a.cc', text: '#include "core/a.h"\n#include <vector>' },
    { path: 'native/core/a.h', text: '' },
    { path: 'native/core/b.cc', text: '' },
    { path: 'native/core/c.h', text: '' },
  ];
  const breaches = checkReach(files, listedSources('# native/core/b.cc\nnative/core/a.cc\n'), includeEdges);
  assert.deepEqual(breaches.map((breach) => breach.path), ['native/core/b.cc', 'native/core/c.h']);
});

test('entries are read from the commands of a manifest', () => {
  const manifest = { scripts: { test: 'node scripts/test.mjs', gold: 'node --import tsx test/gold.ts --write' } };
  assert.deepEqual(manifestEntries(JSON.stringify(manifest)), ['scripts/test.mjs', 'test/gold.ts']);
});

test('no file of src, bench, scripts or test is dead', () => {
  const files = projectFiles(/^(src|bench|scripts|test)\/.*\.(ts|mjs)$/);
  const doors = files.map((file) => file.path).filter((path) => /^src\/(bin\/[^/]+|index)\.ts$/.test(path));
  const tests = files.map((file) => file.path).filter((path) => path.endsWith('.test.ts'));
  const programs = ['bench/run.ts', 'test/vectors/run.ts', 'test/protocol/write-document.ts', 'test/e2e/large.ts'];
  programs.push('bench/cluster/no-op.ts', 'test/config/write-page.ts', 'test/agent/shell/v1/executor-script.mjs');
  programs.push('test/agent/shell/agent-child.ts', 'test/faults/suite.ts');
  programs.push('test/clients/mesos-framework-executor.mjs', 'test/clients/seed-executor.mjs');
  const manifest = projectFiles(/^package\.json$/)[0]?.text ?? '{}';
  const testsReach = checkReach(files, [...tests, ...programs, ...manifestEntries(manifest)], importEdges);
  const shipped = files.filter((file) => /^(src|bench)\//.test(file.path));
  const shippedDoors = [...doors, 'src/index.ts', 'bench/run.ts', 'bench/cluster/no-op.ts'];
  const shippedReach = checkReach(shipped, shippedDoors, importEdges);
  const helpers = testsReach.filter((breach) => /^(test|scripts)\//.test(breach.path));
  assertTidy([...shippedReach, ...helpers]);
});

test('no C++ file is dead', () => {
  const files = projectFiles(/^native\/.*\.(cc|h)$/);
  const byFolder = files.map((file) => file.path).filter((path) => /^native\/(test|fuzz)\/[^/]+\.cc$/.test(path));
  const list = projectFiles(/^native\/sources\.txt$/)[0]?.text ?? '';
  assertTidy(checkReach(files, [...listedSources(list), ...byFolder], includeEdges));
});
