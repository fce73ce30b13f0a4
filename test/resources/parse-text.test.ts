/** The text form of resources: what it means, how it prints, and how it is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Extras, ranges, scalarLot, set } from '../../src/resources/lot.js';
import { describe } from '../../src/resources/descriptor.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { Resources } from '../../src/resources/resources.js';
import { refuses } from './refuses.js';

const prints = (text: string, printed: string): void => assert.equal(String(parseResources(text)), printed);

test('[C16] scalars, ranges and sets, joined by semicolons', () => {
  prints('cpus:4;mem:8192', 'cpus:4; mem:8192');
  prints('ports:[31000-32000, 1-5];disks:{b,a}', 'disks:{a, b}; ports:[1-5, 31000-32000]');
  prints('cpus:1.5;mem:1e3;disk:.5;gpus:2.', 'cpus:1.5; disk:0.5; gpus:2; mem:1000');
  prints('cpus:1.0004', 'cpus:1');
  prints('cpus:+1', 'cpus:1');
  prints('cpus:00000000000000000000012', 'cpus:12');
});

test('[C16] blanks do not count, and nothing is nothing', () => {
  const blanks = '  cpus : 4 ;\n mem:\t8 ; ; ports: [ 1 - 5 , 7-9 ] ;s:{ a , b };';
  prints(blanks, 'cpus:4; mem:8; ports:[1-5, 7-9]; s:{a, b}');
  for (const empty of ['', '  ', ';;', '{}', ' {} ', 'cpus:0', 'cpus:-0', 'ports:[]', 'ports:[ ]', 's:{}']) {
    assert.equal(parseResources(empty), Resources.EMPTY, empty);
  }
});

test('[C16] equal resources add up', () => {
  prints('cpus:1;mem:5;cpus:2', 'cpus:3; mem:5');
  prints('ports:[1-5];ports:[4-8];ports:[1-2,2-3]', 'ports:[1-8]');
  prints('s:{a};s:{b}', 's:{a, b}');
});

test('[A78] [C16] a role in parentheses reserves statically', () => {
  prints('cpus(ads):2;cpus:1;ports(eng/ads):[1-2]', 'cpus:1; cpus(ads):2; ports(eng/ads):[1-2]');
  prints('cpus(*):2;cpus( ads ) :1', 'cpus:2; cpus(ads):1');
  const [lot] = parseResources('cpus(ads):2').lots;
  assert.deepEqual(lot?.descriptor.reservations, [{ type: 'STATIC', role: 'ads' }]);
});

test('[A78] a default role takes what names no role', () => {
  const parsed = parseResources('cpus:1;cpus(*):2;mem(b):3', { defaultRole: 'a' });
  assert.equal(String(parsed), 'cpus:2; cpus(a):1; mem(b):3');
  refuses('INVALID_ROLE', () => parseResources('cpus:1', { defaultRole: '/a' }), 'defaultRole "/a"');
});

test('[C16] names and items may be any text', () => {
  prints('💾:3;größe:1;c p us:10', 'c p us:10; größe:1; 💾:3');
  prints('s:{💾,é,e}', 's:{e, é, 💾}');
});

test('[C17] text that starts with a bracket is JSON', () => {
  prints('[{"name":"cpus","type":"SCALAR","scalar":{"value":2}}]', 'cpus:2');
  const mem = '{"name":"mem","type":"SCALAR","scalar":{"value":1},"role":"b"}';
  const json = ` [{"name":"cpus","type":"SCALAR","scalar":{"value":2}},${mem}]`;
  assert.equal(String(parseResources(json, { defaultRole: 'a' })), 'cpus(a):2; mem(b):1');
  refuses('INVALID_RESOURCES', () => parseResources('[{'), 'but is no JSON');
  const field = '--resources';
  refuses('INVALID_RESOURCES', () => parseResources('[1]', { field }), '--resources[0] 1: it is not an object');
});

test('[C17] what only programs may say is refused on a command line', () => {
  const base = '"name":"disk","type":"SCALAR","scalar":{"value":2}';
  const dynamic = '"reservations":[{"type":"DYNAMIC","role":"a"}]';
  const refused = (json: string, says: string): void => {
    refuses('INVALID_RESOURCES', () => parseResources(json), says);
  };
  refused(`[{${base},"revocable":{}}]`, 'revocable resources cannot be given on the command line');
  refused(`[{${base},${dynamic}}]`, 'dynamic reservations cannot be given on the command line');
  refused(`[{${base},${dynamic},"disk":{"persistence":{"id":"v"}}}]`, 'persistent volumes cannot be given');
  refused(`[{${base}},{"name":"disk","type":"SET","set":{"item":["a"]}}]`, 'it is given as SCALAR and as SET');
});

/** text, the offending part, its character from 1, a part of the reason */
const REFUSED: readonly [text: string, part: string, at: number, reason: string][] = [
  ['cpus', 'cpus', 1, "it has no ':'"],
  ['mem:1; cpus', 'cpus', 8, "it has no ':'"],
  ['cpus:', 'cpus:', 1, 'it has no value'],
  ['cpus: ;mem:1', 'cpus:', 1, 'it has no value'],
  [':4', ':4', 1, 'the name is empty'],
  ['(a):4', '(a):4', 1, 'the name is empty'],
  ['a:b:c', 'a:b:c', 1, "it has more than one ':'"],
  ['cpus:-1', '-1', 6, 'it is negative'],
  ['cpus:-1e-9', '-1e-9', 6, 'it is negative'],
  ['mem:1;cpus: abc', 'abc', 13, 'it is not a number'],
  ['cpus:0x10', '0x10', 6, 'it is not a number'],
  ['cpus:1 2', '1 2', 6, 'it is not a number'],
  ['cpus:1,5', '1,5', 6, 'it is not a number'],
  ['cpus:.', '.', 6, 'it is not a number'],
  ['cpus:1e', '1e', 6, 'it is not a number'],
  ['cpus:NaN', 'NaN', 6, 'it is not a finite number'],
  ['cpus:-inf', '-inf', 6, 'it is not a finite number'],
  ['cpus:Infinity', 'Infinity', 6, 'it is not a finite number'],
  ['cpus:1e999', '1e999', 6, 'beyond 2^53 - 1 thousandths'],
  ['cpus:9999999999999999', '9999999999999999', 6, 'beyond 2^53 - 1 thousandths'],
  ['cpus:0.0001', '0.0001', 6, 'it rounds to zero'],
  ['ports:[5-1]', '5-1', 8, 'the range begins beyond its end'],
  ['ports:[1-5', '[1-5', 7, "its '[' is not closed"],
  ['ports:[1-5}', '}', 11, "unexpected '}'"],
  ['ports:1-5]', '1-5]', 7, 'it is not a number'],
  ['ports:[1-5]x', 'x', 12, "it follows the closing ']'"],
  ['ports:[[1-5]]', '[1-5]]', 8, "unexpected '['"],
  ['ports:[1-5,]', ']', 12, 'it is not a range'],
  ['ports:[,1-5]', ',', 8, 'it is not a range'],
  ['ports:[1]', '1', 8, 'it is not a range'],
  ['ports:[1-]', '1-', 8, 'it is not a range'],
  ['ports:[-5]', '-5', 8, 'it is not a range'],
  ['ports:[1-2-3]', '1-2-3', 8, 'it is not a range'],
  ['ports:[1-5, a-b]', 'a-b', 13, 'it is not a range'],
  ['ports:[0.5-2]', '0.5-2', 8, 'it is not a range'],
  ['ports:[0-9007199254740992]', '0-9007199254740992', 8, 'it is not a range'],
  ['s:{a,b', '{a,b', 3, "its '{' is not closed"],
  ['s:{a,,b}', ',', 6, 'an item of the set is empty'],
  ['s:{a, a}', 'a', 7, 'the item is in the set already'],
  ['s:{a[b]}', '[b]}', 5, "unexpected '['"],
  ['cpus(:4', '(', 5, "its '(' is not closed"],
  ['cpus):4', 'cpus)', 1, "its ')' has no '('"],
  ['cpus(a)b:4', 'b', 8, "it follows the ')'"],
  ['cpus():4', '()', 5, 'Role names cannot be the empty string'],
  ['cpus(a/../b):4', '(a/../b)', 5, "cannot include '..' as a component"],
  ['mem:1;x:1;x:{a}', 'x', 11, 'it is given as SCALAR and as SET'],
];

test('[C16] what cannot be read is refused by the offending part and its place', () => {
  for (const [text, part, at, reason] of REFUSED) {
    const error = refuses('INVALID_RESOURCES', () => parseResources(text, { field: '--resources' }), reason);
    assert.equal(error.field, '--resources', text);
    assert.equal(error.value, part, text);
    assert.ok(error.reason.endsWith(`(at character ${at})`), `${text}: ${error.message}`);
  }
  refuses('INVALID_RESOURCES', () => parseResources(null as unknown as string), 'it is not a string');
});

test('[C16] any text is read or refused, never worse', () => {
  const piece = fc.constantFrom('cpus', '1', '5', 'e', '"', '💾', ' ', ...':;[]{}(),-.');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      try {
        const value = parseResources(pieces.join(''));
        assert.ok(value instanceof Resources);
      } catch {
        refuses('INVALID_RESOURCES', () => parseResources(pieces.join('')));
      }
    }),
    { numRuns: 500 },
  );
});

const owner = fc.constantFrom<Extras>({}, { reservations: [{ type: 'STATIC', role: 'eng/ads' }] });
const simpleLot = fc.oneof(
  fc
    .tuple(fc.constantFrom('cpus', 'mem', '💾 x'), fc.integer({ min: 0, max: 5e14 }), owner)
    .map(([name, milli, extras]) => scalarLot(describe({ name, ...extras }), milli)),
  fc
    .tuple(fc.array(fc.integer({ min: 0, max: 2 ** 50 }), { maxLength: 4 }), owner)
    .map(([list, extras]) => ranges('ports', list.map((begin): [number, number] => [begin, begin + 3]), extras)),
  fc
    .tuple(fc.array(fc.constantFrom('a', 'é', '💾'), { maxLength: 3 }), owner)
    .map(([list, extras]) => set('s', list, extras)),
);

test('[C16] plain and statically reserved resources print what parses back', () => {
  fc.assert(
    fc.property(fc.array(simpleLot, { maxLength: 6 }), (lots) => {
      const value = Resources.of(lots);
      assert.ok(parseResources(String(value)).equals(value), String(value));
    }),
  );
});

test('what text cannot say prints as Mesos prints it', () => {
  const printed = (name: string, extras: Extras): string =>
    String(Resources.of([scalarLot(describe({ name, ...extras }), 4000)]));
  const labels = [{ key: 'k', value: 'v' }, { key: 'l' }];
  const dynamic = { type: 'DYNAMIC', role: 'a', principal: 'p', labels } as const;
  assert.equal(printed('cpus', { reservations: [dynamic] }), 'cpus(reservations: [(DYNAMIC,a,p,{k: v, l})]):4');
  assert.equal(printed('cpus', { revocable: true }), 'cpus{REV}:4');
  assert.equal(printed('disk', { disk: { source: { type: 'MOUNT', root: '/m' } } }), 'disk[MOUNT:/m]:4');
  const source = { type: 'RAW', vendor: 'v', id: 'i', profile: 'f' } as const;
  assert.equal(printed('disk', { disk: { source }, providerId: 'csi' }), 'disk[RAW(v,i,f)]<provider csi>:4');
  const reservations = [{ type: 'STATIC', role: 'a' }, { type: 'DYNAMIC', role: 'a/b' }] as const;
  const disk = {
    persistence: { id: 'v' },
    volume: { mode: 'RW', container_path: 'data' },
    source: { type: 'PATH', root: '/x' },
  } as const;
  assert.equal(
    printed('disk', { reservations, disk, shared: true }),
    'disk(reservations: [(STATIC,a),(DYNAMIC,a/b)])[PATH:/x,v:data]<SHARED>:4',
  );
});

test('[C16] ten thousand entries are read', () => {
  const text = Array.from({ length: 10000 }, (_, i) => `name-${i % 5000}:${i}`).join(';');
  const value = parseResources(text);
  assert.equal(value.lots.length, 5000);
  assert.equal(value.get('name-7'), (7 + 5007) * 1000);
  const ports = Array.from({ length: 10000 }, (_, i) => `${3 * i}-${3 * i + 1}`).join(',');
  assert.equal(parseResources(`ports:[${ports}]`).lots[0]?.ranges.length, 20000);
  const items = Array.from({ length: 10000 }, (_, i) => `i${i}`).join();
  assert.equal(parseResources(`s:{${items}}`).lots[0]?.items.length, 10000);
});
