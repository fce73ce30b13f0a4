/** The oracle's sorters: shares, counters and the shape of the tree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { res, sharedVolume } from './fixtures.js';
import { OracleRandomSorter, weightedShuffle } from './random-sorter.js';
import { OracleDrfSorter } from './sorter.js';

function drf(...clients: string[]): OracleDrfSorter {
  const sorter = new OracleDrfSorter();
  sorter.addAgent('agent', res('cpus:100;mem:100').scalarQuantities());
  for (const client of clients) {
    sorter.add(client);
    sorter.activate(client);
  }
  return sorter;
}

test('oracle sorter: a grant counts at the client and at every node above it', () => {
  const sorter = drf('a/b', 'a/c');
  sorter.allocated('a/b', 'agent', res('cpus:1'));
  sorter.allocated('a/b', 'agent', res('cpus:1'));
  sorter.allocated('a/c', 'agent', res('cpus:1'));
  sorter.unallocated('a/c', 'agent', res('cpus:1'));
  assert.deepEqual(['a', 'a/b', 'a/c'].map((path) => sorter.grantsBelow(path)), [3, 2, 1]);
});

test('oracle sorter: a leaf that becomes a parent keeps its grants and hands them to its own leaf', () => {
  const sorter = drf('a');
  sorter.allocated('a', 'agent', res('cpus:1'));
  sorter.add('a/b');
  assert.deepEqual(['a', 'a/.', 'a/b'].map((path) => sorter.grantsBelow(path)), [1, 1, 0]);
  assert.deepEqual(sorter.sort(), ['a']);
  sorter.allocated('a', 'agent', res('cpus:1'));
  assert.deepEqual(['a', 'a/.'].map((path) => sorter.grantsBelow(path)), [2, 2]);
  assert.equal(sorter.allocation('a', 'agent').toString(), 'cpus:2');
});

test('oracle sorter: a parent that becomes a leaf again keeps the grants of the children it had', () => {
  const sorter = drf('a', 'a/b');
  sorter.allocated('a', 'agent', res('cpus:1'));
  sorter.allocated('a/b', 'agent', res('cpus:5'));
  sorter.remove('a/b');
  assert.equal(sorter.grantsBelow('a'), 2);
  assert.equal(sorter.grantsBelow('a/.'), 0);
  assert.deepEqual(sorter.allocationQuantities(null), new Map([['cpus', 1000]]));
  sorter.add('a/b');
  assert.equal(sorter.grantsBelow('a/.'), 2);
});

test('oracle sorter: a parent without a client of its own goes with its last child', () => {
  const sorter = drf('a/b', 'a/c');
  sorter.remove('a/b');
  sorter.remove('a/c');
  sorter.add('a');
  assert.equal(sorter.grantsBelow('a'), 0);
  assert.equal(sorter.count, 1);
});

test('oracle sorter: shares of inner nodes come before shares of their children', () => {
  const sorter = drf('a/x', 'a/y', 'b');
  sorter.allocated('a/x', 'agent', res('cpus:6'));
  sorter.allocated('b', 'agent', res('cpus:5'));
  assert.deepEqual(sorter.sort(), ['b', 'a/y', 'a/x']);
  sorter.updateWeight('a', 2);
  assert.deepEqual(sorter.sort(), ['a/y', 'a/x', 'b']);
});

test('oracle sorter: the own leaf of a parent weighs 1 and stands by its dot', () => {
  const sorter = drf('a', 'a/b');
  sorter.updateWeight('a', 10);
  assert.deepEqual(sorter.sort(), ['a', 'a/b']);
  sorter.allocated('a', 'agent', res('cpus:4'));
  sorter.allocated('a/b', 'agent', res('cpus:3'));
  assert.deepEqual(sorter.sort(), ['a/b', 'a']);
  assert.deepEqual(sorter.shares(), { a: 0.04, 'a/b': 0.03 });
});

test('oracle sorter: names are compared by their bytes', () => {
  assert.deepEqual(drf('\u{1f600}', '\uffee', 'a').sort(), ['a', '\uffee', '\u{1f600}']);
});

test('oracle sorter: copies of a shared volume count once at a client and once above it', () => {
  const sorter = new OracleDrfSorter();
  sorter.addAgent('agent', res('disk:100').scalarQuantities());
  const volume = sharedVolume('a', 'v', 10);
  for (const client of ['a/x', 'a/y']) {
    sorter.add(client);
    sorter.allocated(client, 'agent', volume);
    sorter.allocated(client, 'agent', volume);
  }
  assert.deepEqual(sorter.shares(), { 'a/x': 0.1, 'a/y': 0.1 });
  assert.deepEqual(sorter.allocationQuantities(null), new Map([['disk', 10_000]]));
  sorter.unallocated('a/x', 'agent', volume);
  assert.equal(sorter.shares()['a/x'], 0.1);
  sorter.unallocated('a/x', 'agent', volume);
  assert.equal(sorter.shares()['a/x'], 0);
  assert.deepEqual(sorter.allocationQuantities(null), new Map([['disk', 10_000]]));
});

test('oracle sorter: a kind of which there is nothing has no share', () => {
  const sorter = drf('a');
  sorter.allocated('a', 'agent', res('gpus:7'));
  assert.deepEqual(sorter.shares(), { a: 0 });
});

test('oracle random sorter: the order is a matter of the salt', () => {
  const sorter = new OracleRandomSorter();
  for (const client of ['a', 'b', 'c', 'd/e', 'd/f']) {
    sorter.add(client);
    sorter.activate(client);
  }
  sorter.deactivate('c');
  const orders = Array.from({ length: 500 }, (_, salt) => sorter.sort(salt).join(' '));
  assert.deepEqual(orders, Array.from({ length: 500 }, (_, salt) => sorter.sort(salt).join(' ')));
  assert.equal(new Set(orders).size, 24);
  assert.ok(orders.every((order) => !order.includes('c')));
});

test('oracle random sorter: weights are chances', () => {
  const items = [
    { item: 'light', weight: 1 },
    { item: 'heavy', weight: 3 },
  ];
  let heavyFirst = 0;
  for (let salt = 0; salt < 2000; salt++) if (weightedShuffle(items, salt * 7919)[0] === 'heavy') heavyFirst++;
  assert.ok(Math.abs(heavyFirst / 2000 - 0.75) < 0.05);
});
