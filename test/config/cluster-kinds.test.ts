/** Values about clusters: resources, attributes, weights, addresses, domains. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import {
  ATTRIBUTES,
  DOMAIN,
  ENSEMBLE,
  MASTERS,
  printHostPort,
  QUANTITY_SETS,
  readWhitelist,
  RESOURCES,
  WEIGHTS,
} from '../../src/config/cluster-kinds.js';
import { quantitiesFromRecord } from '../../src/resources/quantities.js';
import { reads, refuses } from './refuses.js';

/** Runs with a directory that is gone afterwards. */
function withDirectory(run: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'mete-config-'));
  try {
    run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const text = (value: unknown): string => String(RESOURCES.read(value, '--resources'));

test('[C16] resources of an agent as text: scalars, ranges, sets, roles', () => {
  const given = 'cpus:4; mem(ads):512;ports:[1-3, 8-9];zones:{b,a}';
  assert.equal(text(given), 'cpus:4; mem(ads):512; ports:[1-3, 8-9]; zones:{a, b}');
  refuses(RESOURCES, 'cpus', /./);
  refuses(RESOURCES, 'cpus:-1', /./);
  refuses(RESOURCES, '', /empty/);
});

test('[C17] resources of an agent as JSON, or in a file in either form', () => {
  const objects = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 2 } }];
  assert.equal(text(JSON.stringify(objects)), 'cpus:2');
  assert.equal(text(objects), 'cpus:2');
  withDirectory((directory) => {
    const path = join(directory, 'resources');
    writeFileSync(path, 'cpus:3;mem:5\n');
    assert.equal(text(`file://${path}`), 'cpus:3; mem:5');
    writeFileSync(path, ` ${JSON.stringify(objects, null, 2)}\n`);
    assert.equal(text(`file://${path}`), 'cpus:2');
    refuses(RESOURCES, `file://${path}.none`, /ENOENT/);
  });
  refuses(RESOURCES, '[{]', /JSON/i);
  refuses(RESOURCES, '[{"name": "cpus"}]', /./);
});

test('[C21] attributes of an agent: text, scalars and ranges, split at the first colon', () => {
  reads(ATTRIBUTES, [
    [
      'rack:r1;cores:4;ports:[1-5];url:http://x:80',
      [
        { name: 'rack', type: 'TEXT', text: 'r1' },
        { name: 'cores', type: 'SCALAR', value: 4 },
        { name: 'ports', type: 'RANGES', ranges: [1, 5] },
        { name: 'url', type: 'TEXT', text: 'http://x:80' },
      ],
    ],
    ['[{"name": "rack", "type": "TEXT", "text": {"value": "r1"}}]', [{ name: 'rack', type: 'TEXT', text: 'r1' }]],
    ['', []],
  ]);
  refuses(ATTRIBUTES, 'rack', /no ':'/);
  refuses(ATTRIBUTES, 'rack:{a,b}', /cannot be sets/);
  const parsed = ATTRIBUTES.read('rack:r1;cores:4;ports:[1-5]', 'x');
  assert.equal(ATTRIBUTES.print(parsed), 'rack:r1;cores:4;ports:[1-5]');
});

test('alternatives of quantities', () => {
  const sets = [quantitiesFromRecord({ cpus: 0.01 }), quantitiesFromRecord({ mem: 32, ports: 1 })];
  reads(QUANTITY_SETS, [['cpus:0.01 | mem:32;ports:1', sets]]);
  assert.equal(QUANTITY_SETS.print(sets), 'cpus:0.01|mem:32;ports:1');
  refuses(QUANTITY_SETS, 'cpus', /not name:amount/);
  refuses(QUANTITY_SETS, 'cpus:-1', /not name:amount/);
  refuses(QUANTITY_SETS, 'cpus:1;cpus:2', /twice/);
});

test('weights of roles', () => {
  reads(WEIGHTS, [['ads=2.5, web = 1', [{ role: 'ads', weight: 2.5 }, { role: 'web', weight: 1 }]]]);
  assert.equal(WEIGHTS.print(WEIGHTS.read('ads=2.5,web=1', 'x')), 'ads=2.5,web=1');
  for (const value of ['ads=0', 'ads=-1', 'ads=x', 'ads=', 'ads=Infinity']) refuses(WEIGHTS, value, /not a positive/);
  refuses(WEIGHTS, 'a=1=2', /role=weight/);
  refuses(WEIGHTS, '/a=1', /slash/);
});

test('[C10] [E5] where the masters are: addresses, lists of them, servers that elect one, files of any', () => {
  const one = { host: 'h', port: 5050 };
  const at = (...addresses: { host: string; port: number }[]) => ({ type: 'addresses' as const, addresses });
  const servers = [{ host: 'a', port: 2181 }, { host: 'b', port: 7 }];
  const credentials = { user: 'u', password: 'p:@' };
  const url = { scheme: 'zk' as const, servers, path: '/x/y', credentials };
  reads(MASTERS, [
    ['h', at(one)],
    ['h:1', at({ host: 'h', port: 1 })],
    ['[::1]:7', at({ host: '::1', port: 7 })],
    ['master@h:5050', at(one)],
    ['h, i:2', at(one, { host: 'i', port: 2 })],
    ['zk://u:p:@@a,b:7/x/y', { type: 'election', url }],
  ]);
  withDirectory((directory) => {
    const path = join(directory, 'master');
    writeFileSync(path, 'h:5050\n');
    reads(MASTERS, [[`file://${path}`, at(one)]]);
    writeFileSync(path, 'zk://u:p:@@a,b:7/x/y/\n');
    reads(ENSEMBLE, [[`file://${path}`, url]]);
  });
  refuses(MASTERS, 'h:0', /port/);
  refuses(MASTERS, 'h:65536', /port/);
  refuses(MASTERS, 'http://h:2181/x', /not known/);
  refuses(MASTERS, ',', /names no master/);
  refuses(MASTERS, 'a b', /not an address/);
  refuses(MASTERS, '::1', /not an address/);
  assert.equal(printHostPort({ host: '::1', port: 7 }), '[::1]:7');
  assert.equal(MASTERS.print(at(one, { host: 'i', port: 2 })), 'h:5050,i:2');
  assert.equal(MASTERS.print({ type: 'election', url }), 'zk://u:***@a:2181,b:7/x/y');
});

test('[E5] a URL of an election says what is wrong with it, and never tells the password', () => {
  refuses(ENSEMBLE, 'h:2181', /not a URL/);
  refuses(ENSEMBLE, 'zk://h:2181', /no path/, /zk:\/\/h:2181\/mete/);
  refuses(ENSEMBLE, 'zk://h:2181/', /no path/);
  refuses(ENSEMBLE, 'zk:///x', /host is missing/);
  refuses(ENSEMBLE, 'zk://a,,b/x', /host is missing/);
  refuses(ENSEMBLE, 'zk://h:0/x', /port/);
  refuses(ENSEMBLE, 'zk://h:x/x', /not host:port/);
  refuses(ENSEMBLE, 'zk://user@h/x', /user:password/);
  refuses(ENSEMBLE, 'zk://h/x//y', /empty or relative/);
  refuses(ENSEMBLE, 'zk://h/x/../y', /empty or relative/);
  refuses(ENSEMBLE, 'file:///there/is/none', /ENOENT/);
  assert.throws(
    () => ENSEMBLE.read('zk://me:secret@h:0/x', '--zk'),
    (error: Error) => /me:\*\*\*@h:0/.test(error.message) && !error.message.includes('secret'),
  );
  reads(ENSEMBLE, [
    ['etcd://h/m', { scheme: 'etcd', servers: [{ host: 'h', port: 2379 }], path: '/m', credentials: null }],
    ['zk://[::1]:3/m', { scheme: 'zk', servers: [{ host: '::1', port: 3 }], path: '/m', credentials: null }],
  ]);
});

test('the white list is a file of hosts, or a star', () => {
  assert.equal(readWhitelist('*'), undefined);
  withDirectory((directory) => {
    const path = join(directory, 'hosts');
    writeFileSync(path, 'a\n\n b \n');
    assert.deepEqual(readWhitelist(path), new Set(['a', 'b']));
    assert.deepEqual(readWhitelist(`file://${path}`), new Set(['a', 'b']));
  });
});

test('fault domains are written as in Mesos', () => {
  const domain = { region: 'r', zone: 'z' };
  reads(DOMAIN, [['{"fault_domain": {"region": {"name": "r"}, "zone": {"name": "z"}}}', domain]]);
  assert.deepEqual(DOMAIN.read(DOMAIN.print(domain), 'x'), domain);
  refuses(DOMAIN, '{"fault_domain": {"region": {"name": "r"}}}', /region and zone/);
  refuses(DOMAIN, '7', /region and zone/);
});
