/** Resources by example: arithmetic, filters, sharing of structure, and what must be quick. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lot, ranges, scalar, scalarLot, set } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { quantitiesToRecord } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { refuses } from './refuses.js';

const r = (text: string): Resources => parseResources(text);
const shows = (resources: Resources, text: string): void => assert.equal(String(resources), text);
const volume = { reservations: [{ type: 'STATIC', role: 'a' }], disk: { persistence: { id: 'v' } } } as const;

test('[A25] scalars add and subtract in thousandths, and nothing stays of zero', () => {
  shows(r('cpus:0.1').plus(r('cpus:0.2')), 'cpus:0.3');
  shows(r('cpus:1;mem:32').minus(r('cpus:1')), 'mem:32');
  shows(r('cpus:1').minus(r('cpus:0.999')), 'cpus:0.001');
  assert.equal(r('cpus:1').minus(r('cpus:1')), Resources.EMPTY);
  assert.equal(Resources.fromScalars({ cpus: 0.0004, mem: 0 }), Resources.EMPTY);
  assert.equal(r('cpus:0'), Resources.EMPTY);
});

test('[A25] subtraction takes what is there and never goes below zero', () => {
  shows(r('cpus:1;mem:32').minus(r('cpus:5;disk:3')), 'mem:32');
  shows(r('ports:[1-10];zones:{a,b}').minus(r('ports:[5-20];zones:{b,c}')), 'ports:[1-4]; zones:{a}');
  assert.equal(r('cpus:1').minus(r('cpus(a):1')).get('cpus'), 1000);
});

test('[A25] an amount that cannot be counted exactly is refused', () => {
  const much = Resources.fromScalars({ disk: 9e12 });
  refuses('LIMIT_EXCEEDED', () => much.plus(much), 'disk');
  refuses('LIMIT_EXCEEDED', () => Resources.of([...much.lots, ...much.lots]), 'disk');
});

test('[A26] ranges and sets come together whole', () => {
  shows(r('ports:[1-5]').plus(r('ports:[4-9]')).plus(r('ports:[10-10]')), 'ports:[1-10]');
  shows(r('zones:{b}').plus(r('zones:{a,b}')), 'zones:{a, b}');
  assert.ok(r('ports:[1-10]').contains(r('ports:[2-3,9-10]')));
  assert.ok(!r('ports:[1-3,5-10]').contains(r('ports:[2-6]')));
  assert.ok(r('zones:{a,b}').contains(r('zones:{b}')) && !r('zones:{a}').contains(r('zones:{b}')));
});

test('containment needs the same identity', () => {
  assert.ok(r('cpus:4;mem:32').contains(r('cpus:4')));
  assert.ok(!r('cpus:4;mem:32').contains(r('cpus:4.001')));
  assert.ok(!r('cpus:4').contains(r('cpus(a):1')));
  assert.ok(!r('cpus(a):4').contains(r('cpus:1')));
  assert.ok(!r('cpus:1').contains(r('cpus:1;mem:1')));
  assert.ok(r('cpus:1').contains(Resources.EMPTY) && !Resources.EMPTY.contains(r('cpus:1')));
});

test('[A86] copies of a shared volume are counted, its size only once', () => {
  const shared = Resources.of([scalar('disk', 64, { ...volume, shared: true })]);
  const three = shared.plus(shared).plus(shared);
  assert.equal(three.lots[0]?.copies, 3);
  assert.equal(three.get('disk'), 64000);
  assert.deepEqual(quantitiesToRecord(three.scalarQuantities()), { disk: 64 });
  assert.ok(three.contains(shared.plus(shared)) && !shared.contains(three));
  assert.equal(three.minus(shared).lots[0]?.copies, 2);
  assert.equal(shared.minus(three), Resources.EMPTY);
  const larger = Resources.of([scalar('disk', 65, { ...volume, shared: true })]);
  assert.equal(three.minus(larger), three);
  assert.equal(three.plus(larger).lots.length, 2);
});

test('[A84] a persistent volume goes only as a whole', () => {
  const one = Resources.of([scalar('disk', 64, volume)]);
  const part = Resources.of([scalar('disk', 32, volume)]);
  assert.ok(!one.contains(part));
  assert.equal(one.minus(part), one);
  assert.equal(one.minus(one.plus(r('cpus:1'))), Resources.EMPTY);
});

test('[A87] PATH disks can be divided; MOUNT, BLOCK and identified RAW disks cannot', () => {
  const disk = (type: 'PATH' | 'MOUNT' | 'BLOCK' | 'RAW', size: number, id?: string): Resources =>
    Resources.of([scalar('disk', size, { disk: { source: id === undefined ? { type } : { type, id } } })]);
  shows(disk('PATH', 10).minus(disk('PATH', 4)), 'disk[PATH]:6');
  shows(disk('PATH', 10).plus(disk('PATH', 4)), 'disk[PATH]:14');
  shows(disk('RAW', 10).minus(disk('RAW', 4)), 'disk[RAW]:6');
  shows(disk('RAW', 10, 'x').minus(disk('RAW', 4, 'x')), 'disk[RAW(,x,)]:10');
  shows(disk('MOUNT', 10).minus(disk('MOUNT', 4)), 'disk[MOUNT]:10');
  shows(disk('MOUNT', 10).plus(disk('MOUNT', 4)), 'disk[MOUNT]:4; disk[MOUNT]:10');
  shows(disk('MOUNT', 10).plus(disk('MOUNT', 10)), 'disk[MOUNT]:10<2>');
  assert.equal(disk('MOUNT', 10).plus(disk('MOUNT', 10)).get('disk'), 20000);
  assert.ok(!disk('BLOCK', 10).contains(disk('BLOCK', 4)) && disk('BLOCK', 10).contains(disk('BLOCK', 10)));
  assert.ok(!r('disk:10').contains(disk('PATH', 4)) && !disk('PATH', 10).contains(r('disk:4')));
});

test('[A78] [A82] what is reserved goes to its role and to roles below it', () => {
  const refined = scalar('cpus', 8, {
    reservations: [{ type: 'STATIC', role: 'eng' }, { type: 'DYNAMIC', role: 'eng/ads' }],
  });
  const all = r('cpus:1;cpus(eng):2;cpus(ops):4').plus(Resources.of([refined]));
  assert.equal(all.allocatableTo('eng').get('cpus'), 3000);
  assert.equal(all.allocatableTo('eng/ads').get('cpus'), 11000);
  assert.equal(all.allocatableTo('eng/web').get('cpus'), 3000);
  assert.equal(all.allocatableTo('english').get('cpus'), 1000);
  assert.equal(all.reserved('eng').get('cpus'), 2000);
  assert.equal(all.reserved('eng/ads').get('cpus'), 8000);
  assert.equal(all.reserved().get('cpus'), 14000);
  assert.equal(all.unreserved().get('cpus'), 1000);
});

test('quantities count every scalar once, whoever holds it', () => {
  const all = r('cpus:1;cpus(a):2;mem:3;ports:[1-5];zones:{a}');
  assert.deepEqual(quantitiesToRecord(all.scalarQuantities()), { cpus: 3, mem: 3 });
  assert.equal(all.scalarQuantities(), all.scalarQuantities());
  assert.deepEqual([all.get('cpus'), all.get('ports'), all.get('none')], [3000, 0, 0]);
  assert.equal(Resources.EMPTY.scalarQuantities().size, 0);
});

test('what changes nothing returns the operand itself', () => {
  const x = r('cpus:1;mem:2;ports:[1-5]');
  assert.equal(Resources.EMPTY.plus(x), x);
  assert.equal(x.plus(Resources.EMPTY), x);
  assert.equal(x.minus(Resources.EMPTY), x);
  assert.equal(Resources.EMPTY.minus(x), Resources.EMPTY);
  assert.equal(x.minus(x), Resources.EMPTY);
  assert.equal(x.minus(r('disk:4;ports:[7-9]')), x);
  assert.equal(x.nonRevocable(), x);
  assert.equal(x.revocable(), Resources.EMPTY);
  assert.equal(Resources.of([]), Resources.EMPTY);
  assert.equal(Resources.EMPTY.isEmpty, true);
  assert.equal(x.isEmpty, false);
});

test('lots that do not change are shared between values', () => {
  const many = Resources.of(Array.from({ length: 800 }, (_, i) => scalar(`name-${i}`, 2)));
  const few = Resources.of([scalar('name-400', 1), scalar('other', 1)]);
  const untouched = (value: Resources): number => value.lots.filter((lot) => many.lots.includes(lot)).length;
  assert.equal(untouched(many.plus(few)), 799);
  assert.equal(untouched(many.minus(few)), 799);
  assert.equal(untouched(many.minus(few.plus(few))), 799);
  assert.equal(many.plus(few).lots.length, 801);
  assert.equal(many.minus(few.plus(few)).lots.length, 799);
  const tenth = Resources.of(many.lots.filter((_, i) => i % 10 === 0));
  assert.equal(untouched(many.minus(tenth)), 720);
  assert.equal(untouched(many.plus(tenth)), 720);
});

test('large values: 4000 reservations and 8000 ranges', () => {
  const lots: Lot[] = [];
  for (let i = 0; i < 1000; i++) {
    const label = { key: `key_${i}`, value: `value_${i}` };
    const reservation = { type: 'DYNAMIC', role: `${i}`, principal: `principal_${i}`, labels: [label] } as const;
    for (const name of ['cpus', 'gpus', 'mem', 'disk']) lots.push(scalar(name, 1, { reservations: [reservation] }));
  }
  const all = Resources.of(lots);
  assert.equal(all.lots.length, 4000);
  assert.equal(all.plus(all).minus(all).equals(all), true);
  assert.equal(all.plus(all).get('mem'), 2_000_000);
  const single = (_: unknown, i: number): [number, number] => [2 * i + 1, 2 * i + 1];
  const odd = Resources.of([ranges('ports', Array.from({ length: 8000 }, single))]);
  const whole = r('ports:[1-16000]');
  assert.ok(whole.contains(odd) && !odd.contains(whole));
  assert.equal(whole.minus(odd).lots[0]?.ranges.length, 16000);
  assert.ok(whole.minus(odd).plus(odd).equals(whole));
});

test('lots are built from values in units, and bad values are refused by name', () => {
  shows(Resources.of([scalar('cpus', 1.5), ranges('ports', [[5, 9], [1, 4]]), set('zones', ['b', 'a', 'b'])]), [
    'cpus:1.5',
    'ports:[1-9]',
    'zones:{a, b}',
  ].join('; '));
  refuses('INVALID_RESOURCES', () => scalar('cpus', -1), 'cpus -1: it is negative');
  refuses('INVALID_RESOURCES', () => scalar('', 1), 'name');
  refuses('INVALID_RESOURCES', () => ranges('ports', [[5, 1]]), 'ports[0] "5-1"');
  refuses('INVALID_RESOURCES', () => ranges('ports', [5, 1] as unknown as [number, number][]), 'not a list of pairs');
  refuses('INVALID_RESOURCES', () => ranges('ports', [[1]] as unknown as [number, number][]), 'not a list of pairs');
  refuses('INVALID_RESOURCES', () => set('zones', ['a', '']), 'zones[1] ""');
  refuses('INVALID_RESOURCES', () => set('zones', 'a' as unknown as string[]), 'it is not a list');
  refuses('INVALID_RESOURCES', () => Resources.fromScalars({ cpus: NaN }), 'cpus NaN');
});

test('copies of no thing are nothing', () => {
  assert.equal(Resources.of([scalarLot(scalar('disk', 1, volume).descriptor, 1000, 0)]), Resources.EMPTY);
});
