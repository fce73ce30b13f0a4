/** The resource maps of Mesos' state endpoints. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResources } from '../../src/resources/parse-text.js';
import { reservedByRole, resourceModel } from '../../src/resources/print-model.js';
import { Resources } from '../../src/resources/resources.js';

test('resources as the state endpoints show them: sums by name, four always, ranges and sets as texts', () => {
  assert.deepEqual(resourceModel(Resources.EMPTY), { cpus: 0, gpus: 0, mem: 0, disk: 0 });
  const some = parseResources('cpus:1.5;cpus(ads):2;mem:64;ports:[5-6,8-8];ports(ads):[7-7];racks:{b,a}');
  const model = { cpus: 3.5, gpus: 0, mem: 64, disk: 0, ports: '[5-8]', racks: '{a, b}' };
  assert.deepEqual(resourceModel(some), model);
});

test('reserved resources by role', () => {
  const byRole = reservedByRole(parseResources('cpus:1;cpus(ads):2;mem(ads):8;cpus(web):3'));
  assert.deepEqual([...byRole].map(([role, of]) => [role, of.toString()]), [
    ['ads', 'cpus(ads):2; mem(ads):8'],
    ['web', 'cpus(web):3'],
  ]);
});
