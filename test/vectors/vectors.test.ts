/**
 * Replays the vectors of data/ on every engine of this machine, and makes sure that they use the whole schema.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { EXPECTATIONS as ALLOCATOR_EXPECTATIONS } from './allocator-expectations.js';
import { OPERATIONS as ALLOCATOR_OPERATIONS } from './allocator-operations.js';
import { openEngine } from './engines.js';
import { playVector } from './play.js';
import { EXPECTATIONS as MASTER_EXPECTATIONS, OPERATIONS as MASTER_OPERATIONS } from './play-master.js';
import { EXPECTATIONS as ROLE_EXPECTATIONS, OPERATIONS as ROLE_OPERATIONS } from './play-role-tree.js';
import { EXPECTATIONS as SORTER_EXPECTATIONS, OPERATIONS as SORTER_OPERATIONS } from './play-sorter.js';
import { readVectorFolder } from './schema.js';

const { vectors, errors } = readVectorFolder(join(import.meta.dirname, 'data'));

test('the vector files are of the schema', () => {
  assert.deepEqual(errors, []);
  assert.ok(vectors.length >= 25);
});

for (const name of ['oracle', 'typescript', 'native']) {
  const engine = openEngine(name);
  const skip = 'missing' in engine ? engine.missing : false;
  for (const vector of vectors) {
    if (!('missing' in engine) && engine.withoutKinds.includes(vector.kind)) continue;
    test(`${vector.name} on ${name}`, { skip }, async () => {
      assert.ok(!('missing' in engine));
      assert.deepEqual(await playVector(vector, engine), { failures: [], warnings: [] });
    });
  }
}

test('the vectors use every operation and every expectation', () => {
  const tables = [
    { kinds: ['sorter', 'sorter_statistical'], operations: SORTER_OPERATIONS, expectations: SORTER_EXPECTATIONS },
    {
      kinds: ['master_quota_api', 'master_weights_api'],
      operations: MASTER_OPERATIONS,
      expectations: MASTER_EXPECTATIONS,
    },
    { kinds: ['role_tree'], operations: ROLE_OPERATIONS, expectations: ROLE_EXPECTATIONS },
    {
      kinds: ['allocator', 'allocator_metrics_presence'],
      operations: ALLOCATOR_OPERATIONS,
      expectations: ALLOCATOR_EXPECTATIONS,
    },
  ];
  for (const { kinds, operations, expectations } of tables) {
    const own = vectors.filter(({ kind }) => kinds.includes(kind));
    const ops = new Set(own.flatMap(({ steps }) => steps.map(({ op }) => op)));
    const types = new Set(own.flatMap((vector) => vector.expectations.map(({ type }) => type)));
    assert.deepEqual([...ops].sort(), Object.keys(operations).sort());
    assert.deepEqual([...types].sort(), Object.keys(expectations).sort());
  }
});
