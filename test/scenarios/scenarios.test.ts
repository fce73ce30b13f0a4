/**
 * Scenarios: each script in this folder gives the output that stands in it, on every engine. When a change of output is
 * wanted, METE_REWRITE=1 writes what came out; look at the difference before you commit it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chooseEngine } from '../../src/engine/create-engine.js';
import { runScript } from '../../src/sim/script.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const SCENARIOS = [
  { file: 'offer-walk-through', title: '[A3] the walk-through of an offer in four steps' },
  { file: 'registration', title: '[B28, B46, B31] agents register, frameworks subscribe' },
  { file: 'duplicate-registration', title: 'registrations that come twice, and answers that get lost' },
  { file: 'offer-declined', title: 'offers are declined' },
  { file: 'filter-expiry', title: 'filters expire' },
  { file: 'rescinded-offer', title: '[B62, B63] offers time out, are rescinded, and are accepted too late' },
  { file: 'agent-lost', title: '[B35, B161] an agent is lost with offers and tasks, and comes back' },
  { file: 'framework-disconnects', title: '[B49] a framework disconnects and comes back' },
  { file: 'framework-fails-over', title: '[B47] a framework fails over' },
  { file: 'framework-times-out', title: '[B48] a framework does not come back in time' },
  { file: 'status-updates', title: '[B77, C52] status updates are repeated, doubled, lost, and reordered' },
  { file: 'old-acknowledgement', title: '[B78] acknowledgements with an old uuid' },
  { file: 'kill-races', title: '[B74, C42] kills that race with launches, ends, and partitions' },
  { file: 'executors', title: '[C34, C29] executors die, are silent, are shared' },
  { file: 'master-fails-over', title: '[B21, B23, E18] the master fails over while a task runs' },
  { file: 'agent-after-failover', title: '[B36, B166, B168] an agent comes back after the deadline of a failover' },
  { file: 'framework-known-from-agents', title: '[B26, B27] a framework that only its agent knows' },
  { file: 'framework-lost-in-failover', title: '[B48] a framework that does not come back after a failover' },
  { file: 'removal-limit', title: '[B24] too many agents are missing after a failover' },
  { file: 'removal-rate', title: '[B34] agents are given up one after the other' },
  { file: 'quota-hold-off', title: '[A17] offers are held off after a failover' },
  { file: 'old-leader-wakes-up', title: 'a leader wakes up when another one leads' },
  { file: 'agent-restarts', title: '[C67] an agent is killed and starts again, with its disk and without' },
  { file: 'operators-before-failover', title: '[B20, B40] what operators decided outlives the master' },
] as const;

const isNativeThere = chooseEngine('auto').name === 'native';
const choices = isNativeThere ? (['typescript', 'native'] as const) : (['typescript'] as const);

for (const { file, title } of SCENARIOS) {
  for (const choice of choices) {
    test(`${title} (${choice})`, () => {
      const path = `${FOLDER}${file}.txt`;
      const recorded = readFileSync(path, 'utf8');
      const { text } = runScript(recorded, { engine: chooseEngine(choice).factory });
      if (process.env['METE_REWRITE'] === '1') writeFileSync(path, text);
      else assert.equal(text, recorded);
      assert.ok(!/^(BREACH|DEFECT|cannot)/m.test(text), 'no law is broken and every command is understood');
    });
  }
}

test('every script is run', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
  assert.deepEqual(files.sort(), SCENARIOS.map(({ file }) => `${file}.txt`).sort());
});
