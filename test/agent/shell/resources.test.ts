/** What an agent has by itself, its work directory, and what it says about where it is. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { completeResources, detectedResources, readMachine } from '../../../src/agent/shell/resources.js';
import { startAgent, type AgentOptions } from '../../../src/agent/shell/start-agent.js';
import { prepareWorkDir } from '../../../src/agent/shell/work-dir.js';
import { MeteError } from '../../../src/base/errors.js';
import { parseAttributes } from '../../../src/resources/attributes.js';
import { NAMED_RESOURCES } from '../../../src/config/cluster-kinds.js';
import { parseResources } from '../../../src/resources/parse-text.js';
import { wsTransport } from '../../../src/transport/ws-transport.js';

const root = mkdtempSync(join(tmpdir(), 'mete-agent-unit-'));
after(() => rmSync(root, { recursive: true, force: true }));

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const PROGRAM = { execPath: process.execPath, args: ['--import', 'tsx', '/it/is/here.ts'] };

test("[C18] what is not given is found out, by Mesos' formulas", () => {
  const cases: [number | null, number | null, string, string][] = [
    [16 * GIB, 100 * GIB, '15360', '97280'],
    [2 * GIB, 10 * GIB, '1024', '5120'],
    [2 * GIB - 1, 10 * GIB - 1, '1023', '5119'],
    [GIB, GIB, '512', '512'],
    [3 * MIB, 5 * MIB, '1', '2'],
    [null, null, '1024', '10240'],
  ];
  for (const [memoryBytes, diskBytes, mem, disk] of cases) {
    const found = detectedResources({ cpus: 8, memoryBytes, diskBytes });
    assert.deepEqual(found, { cpus: '8', mem, disk, ports: '[31000-32000]' });
  }
  assert.equal(detectedResources({ cpus: null, memoryBytes: null, diskBytes: null })['cpus'], '1');
  const machine = { cpus: 8, memoryBytes: 16 * GIB, diskBytes: 100 * GIB };
  const all = parseResources('cpus:8;mem:15360;disk:97280;ports:[31000-32000]');
  assert.ok(completeResources(parseResources(''), new Set(), machine).equals(all));
  const given = completeResources(parseResources('cpus(ads):2; gpus:1'), new Set(), machine);
  assert.ok(given.equals(parseResources('cpus(ads):2;gpus:1;mem:15360;disk:97280;ports:[31000-32000]')));
  const scalar = (name: string, value: number): object => ({ name, type: 'SCALAR', scalar: { value } });
  const ports = { name: 'ports', type: 'RANGES', ranges: {} };
  const json = JSON.stringify([scalar('cpus', 0), scalar('disk', 7), ports]);
  for (const none of ['cpus:0; ports : [];disk:7', json]) {
    const { value, names } = NAMED_RESOURCES.read(none, '--resources');
    assert.ok(completeResources(value, names, machine).equals(parseResources('mem:15360;disk:7')), none);
  }
});

test('[C18] this machine tells what it has', () => {
  const { cpus, memoryBytes, diskBytes } = readMachine(root);
  assert.ok(cpus! >= 1 && memoryBytes! > 64 * MIB && diskBytes! > MIB);
  assert.equal(readMachine('/no/such/directory').diskBytes, null);
});

test('[C4] the work directory is made, and furnished with the program itself', () => {
  const path = join(root, "new/it's here");
  const script = join(root, 'program.cjs');
  writeFileSync(script, 'console.log(process.argv.slice(2).join(" "))');
  const made = prepareWorkDir(path, { execPath: process.execPath, args: [script] });
  assert.equal(made.path, path);
  const said = execFileSync(join(made.binDirectory, 'mete'), ['executor', 'a b'], { encoding: 'utf8' });
  assert.equal(said, 'executor a b\n');
  assert.equal(statSync(made.cacheDirectory).mode & 0o7777, 0o1777);
  const again = prepareWorkDir(path, PROGRAM);
  const launcher = readFileSync(join(again.binDirectory, 'mete'), 'utf8');
  assert.match(launcher, /'--import' 'file:\/\/\/.*tsx.*' '\/it\/is\/here.ts' "\$@"/);
});

test('[C4] a work directory that cannot be used is refused with the reason', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const cases: [string, RegExp][] = [
    ['', /it is missing/],
    [file, /EEXIST|no directory/],
    [join(file, 'below'), /ENOTDIR/],
  ];
  for (const [path, pattern] of cases) {
    assert.throws(
      () => prepareWorkDir(path, PROGRAM),
      (error) => error instanceof MeteError && error.code === 'INVALID_ARGUMENT' && pattern.test(error.message),
    );
  }
});

function options(more: Partial<AgentOptions>): AgentOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    master: '127.0.0.1:1',
    workDir: join(root, 'work'),
    transport: wsTransport,
    program: PROGRAM,
    core: { version: '1.11.0' },
    version: '0',
    log: () => undefined,
    onDefect: (error) => assert.fail(error as Error),
    ...more,
  };
}

async function stateOf(address: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`http://${address}/state`)).json()) as Record<string, unknown>;
}

test('[C6] an agent says where it is, or what it was told to say; executors always find its own port', async () => {
  const attributes = parseAttributes('rack:r1');
  const advertise = { hostname: 'a.example', ip: '192.0.2.1', port: 99 };
  const told = await startAgent(options({ advertise, attributes }));
  assert.equal(told.address, '192.0.2.1:99');
  await told.close();
  const everywhere = await startAgent(options({ host: '0.0.0.0' }));
  const [ip, port] = everywhere.address.split(':');
  const state = await stateOf(`127.0.0.1:${port}`);
  assert.equal(state['pid'], `slave(1)@${ip}:${port}`);
  assert.notEqual(ip, '0.0.0.0');
  await everywhere.close();
});

test('[C10] the master is an address, or a file that holds one; nonsense is refused', async () => {
  const file = join(root, 'master');
  writeFileSync(file, '127.0.0.1:2\n');
  const agent = await startAgent(options({ master: `file://${file}` }));
  assert.equal((await stateOf(agent.address))['master_hostname'], '127.0.0.1');
  await agent.close();
  writeFileSync(file, 'nonsense');
  for (const wrong of ['', 'host', 'host:port', 'a:1:2', `file://${file}`, 'file:///no/such/file']) {
    const isRight = (error: unknown): boolean => error instanceof MeteError && error.field === 'master';
    await assert.rejects(startAgent(options({ master: wrong })), isRight);
  }
});

test('[C1] an agent has what it was given and detects the rest', async () => {
  const attributes = parseAttributes('rack:r1;cores:8');
  const agent = await startAgent(options({ resources: parseResources('cpus:3;mem:512'), attributes }));
  const state = await stateOf(agent.address);
  const { cpus, mem, ports } = state['resources'] as Record<string, unknown>;
  assert.deepEqual([cpus, mem, ports], [3, 512, '[31000-32000]']);
  assert.deepEqual(state['attributes'], { rack: 'r1', cores: 8 });
  await agent.close();
});
