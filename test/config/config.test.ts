/** Where values come from, the tables of settings of all processes, and the page made of them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { AGENT_SETTINGS } from '../../src/config/agent-settings.js';
import { choice, configTexts, flagDeclarations, kebabArguments, loadConfig } from '../../src/config/config.js';
import { duration, FLAG, integer, TEXT } from '../../src/config/kinds.js';
import { MASTER_SETTINGS } from '../../src/config/master-settings.js';
import { EXECUTE_SETTINGS } from '../../src/config/execute-settings.js';
import { RUN_SETTINGS } from '../../src/config/run-settings.js';
import { flagOf, optional, publicName, setting, type Settings } from '../../src/config/setting.js';
import { spellings, variableOf } from '../../src/config/setting.js';
import { UP_SETTINGS } from '../../src/config/up-settings.js';
import { isLoopback, loopbackWarning } from '../../src/config/warnings.js';
import { configurationPage } from './page.js';

const TABLES: readonly Settings[] = [MASTER_SETTINGS, AGENT_SETTINGS, RUN_SETTINGS, EXECUTE_SETTINGS, UP_SETTINGS];

const SETTINGS = {
  pingTimeoutMs: setting(duration({ min: 1 }), 1_000, 'a time', 'agent_ping_timeout'),
  retryMs: setting(duration(), 5, 'another'),
  workDir: optional(TEXT, 'a place', 'work_dir'),
  count: setting(integer(), 3, 'a number'),
  check: setting(FLAG, true, 'a flag'),
  mode: choice(['a', 'b'], 'a', 'a word'),
};

function withFile(content: string, run: (path: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'mete-config-'));
  try {
    const path = join(directory, 'mete.json');
    writeFileSync(path, content);
    run(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('[B1] a value comes from a flag, else the environment, else a file, else it is the default', () => {
  const defaults = { pingTimeoutMs: 1_000, retryMs: 5, workDir: undefined, count: 3, check: true, mode: 'a' };
  assert.deepEqual(loadConfig(SETTINGS, {}, {}, undefined), defaults);
  withFile('{"agent_ping_timeout": "3secs", "count": 7}', (path) => {
    const environment = { METE_COUNT: '8' };
    const config = loadConfig(SETTINGS, {}, environment, path);
    assert.deepEqual(config, { ...defaults, pingTimeoutMs: 3_000, count: 8 });
    assert.equal(loadConfig(SETTINGS, { count: '9' }, environment, path).count, 9);
    assert.equal(loadConfig(SETTINGS, {}, { METE_COUNT: '' }, path).count, 7);
  });
});

test('[B1] flags and variables named as in Mesos work in each spelling', () => {
  const read = (flags: Record<string, unknown>, environment = {}): number =>
    loadConfig(SETTINGS, flags, environment, undefined).pingTimeoutMs;
  for (const name of ['pingTimeoutMs', 'agentPingTimeout', 'agent_ping_timeout', 'agent-ping-timeout']) {
    assert.equal(read({ [name]: '2secs' }), 2_000);
    withFile(JSON.stringify({ [name]: '2secs' }), (path) => {
      assert.equal(loadConfig(SETTINGS, {}, {}, path).pingTimeoutMs, 2_000);
    });
  }
  assert.equal(read({}, { METE_AGENT_PING_TIMEOUT: '2secs' }), 2_000);
  assert.equal(read({}, { METE_PING_TIMEOUT_MS: '2000' }), 2_000);
  assert.equal(read({}, { MESOS_AGENT_PING_TIMEOUT: '2secs' }), 2_000);
  assert.equal(read({}, { MESOS_AGENT_PING_TIMEOUT: '2secs', METE_AGENT_PING_TIMEOUT: '4secs' }), 4_000);
  assert.equal(loadConfig(SETTINGS, {}, { MESOS_COUNT: '9' }, undefined).count, 3);
  assert.equal(loadConfig(SETTINGS, { retry: '1secs' }, {}, undefined).retryMs, 1_000);
  assert.deepEqual(kebabArguments(['--work_dir=a_b', '--x_y', 'c_d', '-e_f', '--', '--g_h']), [
    '--work-dir=a_b', '--x-y', 'c_d', '-e_f', '--', '--g_h',
  ]);
});

test('bad values and unknown names are refused, and where they stand is told', () => {
  assert.throws(() => loadConfig(SETTINGS, { count: 'x' }, {}, undefined), /INVALID_ARGUMENT: --count "x": /);
  assert.throws(() => loadConfig(SETTINGS, { agentPingTimeout: 0 }, {}, undefined), /--agent-ping-timeout 0: .*range/);
  const environment = { MESOS_AGENT_PING_TIMEOUT: 'x' };
  assert.throws(() => loadConfig(SETTINGS, {}, environment, undefined), /MESOS_AGENT_PING_TIMEOUT "x"/);
  withFile('{"count": "x"}', (path) => {
    assert.throws(() => loadConfig(SETTINGS, {}, {}, path), /count in .*mete\.json "x": /);
  });
  withFile('{"coutn": 1}', (path) => {
    assert.throws(() => loadConfig(SETTINGS, {}, {}, path), /"coutn": there is no such setting; use .*work_dir, count/);
  });
  withFile('[1]', (path) => assert.throws(() => loadConfig(SETTINGS, {}, {}, path), /not a JSON object/));
  withFile('{', (path) => assert.throws(() => loadConfig(SETTINGS, {}, {}, path), /configuration file/));
  assert.throws(() => loadConfig(SETTINGS, {}, {}, '/nowhere.json'), /ENOENT/);
});

test('[B1] flags as commands declare them; values as they are shown', () => {
  assert.deepEqual(flagDeclarations(SETTINGS), [
    { flags: '--agent-ping-timeout <duration>', doc: 'a time (default: 1secs, $METE_AGENT_PING_TIMEOUT)' },
    { flags: '--retry <duration>', doc: 'another (default: 5ms, $METE_RETRY)' },
    { flags: '--work-dir <text>', doc: 'a place ($METE_WORK_DIR)' },
    { flags: '--count <n>', doc: 'a number (default: 3, $METE_COUNT)' },
    { flags: '--check [true|false]', doc: 'a flag (default: true, $METE_CHECK)' },
    { flags: '--no-check', doc: 'not --check' },
    { flags: '--mode <a|b>', doc: 'a word (default: a, $METE_MODE)' },
  ]);
  const config = loadConfig(SETTINGS, { check: false }, {}, undefined);
  const texts = { agent_ping_timeout: '1secs', retry: '5ms', count: '3', check: 'false', mode: 'a' };
  assert.deepEqual(configTexts(SETTINGS, config), texts);
});

test('each table of settings: names are unique in every spelling, and every default is a value', () => {
  for (const table of TABLES) {
    const seen = new Map<string, string>();
    for (const [name, entry] of Object.entries(table)) {
      for (const spelling of new Set(spellings(name, entry).map(flagOf))) {
        assert.equal(seen.get(spelling), undefined, `${spelling} of ${name}`);
        seen.set(spelling, name);
      }
      assert.match(entry.doc, /^[a-z].*[^.]$/);
      const text = entry.print(entry.default);
      if (text !== '') assert.deepEqual(entry.read(text, name), entry.default, name);
    }
  }
});

test('[B32] pings have bounds', () => {
  const load = (flags: Record<string, unknown>): unknown => loadConfig(MASTER_SETTINGS, flags, {}, undefined);
  for (const agentPingTimeout of ['1secs', '15mins']) load({ agentPingTimeout });
  load({ maxAgentPingTimeouts: 1 });
  assert.throws(() => load({ agentPingTimeout: '999ms' }), /--agent-ping-timeout "999ms": .*; give 1secs to 15mins/);
  assert.throws(() => load({ agentPingTimeout: '901secs' }), /give 1secs to 15mins/);
  assert.throws(() => load({ maxAgentPingTimeouts: 0 }), /--max-agent-ping-timeouts 0: .*out of range/);
});

test('the defaults of master and agent are those of Mesos', () => {
  const master = loadConfig(MASTER_SETTINGS, {}, {}, undefined);
  assert.equal(master.port, 5050);
  assert.equal(master.allocationIntervalMs, 1_000);
  assert.equal(master.agentPingTimeoutMs * master.maxAgentPingTimeouts, 75_000);
  assert.equal(master.agentReregisterTimeoutMs, 600_000);
  assert.equal(master.offerTimeoutMs, undefined);
  const histories = [master.maxCompletedFrameworks, master.maxCompletedTasksPerFramework];
  assert.deepEqual([...histories, master.maxUnreachableTasksPerFramework], [50, 1000, 1000]);
  const agent = loadConfig(AGENT_SETTINGS, {}, {}, undefined);
  assert.equal(agent.port, 5051);
  assert.equal(agent.executorRegistrationTimeoutMs, 60_000);
  assert.equal(agent.executorShutdownGracePeriodMs, 5_000);
  assert.equal(agent.registrationBackoffFactorMs, 1_000);
  assert.equal(agent.reconfigurationPolicy, 'equal');
  assert.deepEqual([agent.statusUpdateRetryMinMs, agent.statusUpdateRetryMaxMs], [10_000, 600_000]);
  assert.deepEqual([agent.maxCompletedExecutorsPerFramework, agent.maxCompletedTasksPerExecutor], [150, 200]);
});

test('names and addresses to be known by', () => {
  const flags = { ip: '10.0.0.1', hostname: 'h', advertiseIp: '1.2.3.4', advertise_port: '80', hostnameLookup: '0' };
  for (const table of [MASTER_SETTINGS, AGENT_SETTINGS]) {
    const config = loadConfig(table, flags, {}, undefined);
    assert.deepEqual([config.ip, config.hostname, config.hostnameLookup], ['10.0.0.1', 'h', false]);
    assert.deepEqual([config.advertiseIp, config.advertisePort], ['1.2.3.4', 80]);
  }
});

test('[B2] listening on a loopback address is warned of', () => {
  const loopback = ['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1'];
  const elsewhere = ['0.0.0.0', '::', '10.0.0.127', 'host', '128.0.0.1'];
  assert.deepEqual([...loopback, ...elsewhere].filter(isLoopback), loopback);
  assert.equal(
    loopbackWarning('master', '127.0.0.1'),
    'Master bound to loopback interface! Cannot communicate with remote schedulers or agents. ' +
      "You might want to set '--ip' flag to a routable IP address.",
  );
  assert.match(loopbackWarning('agent', '::1') ?? '', /^Agent bound .* remote master\(s\)\./);
  assert.equal(loopbackWarning('master', '0.0.0.0'), null);
});

test('the variables of executors are an object of texts', () => {
  const read = (value: string): unknown =>
    loadConfig(AGENT_SETTINGS, { executorEnvironmentVariables: value }, {}, undefined).executorEnvironmentVariables;
  assert.deepEqual(read('{"A": "1"}'), { A: '1' });
  assert.throws(() => read('{"A": 1}'), /not an object of texts/);
  assert.throws(() => read('["A"]'), /not an object of texts/);
});

test('the page has every setting of every table', () => {
  const page = configurationPage();
  for (const table of TABLES) {
    for (const [name, entry] of Object.entries(table)) {
      const known = publicName(name, entry);
      assert.ok(page.includes(`| \`${flagOf(known)}`), known);
      assert.ok(page.includes(`\`${variableOf(known)}\``), known);
    }
  }
  for (const line of page.split('\n').filter((text) => text.startsWith('|'))) {
    assert.equal(line.replaceAll('\\|', '').split('|').length, 7, line);
  }
});
