/** The registry's law and the disk that it is about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEngine } from '../../src/engine/create-engine.js';
import { applyToRegistry, emptyRegistry, type RegistryOperation } from '../../src/protocol/registry.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { createPlan, type Plan } from '../../src/sim/plan.js';
import { play } from '../../src/sim/play.js';
import { DiskRegistrar, RegistryDisk } from '../../src/sim/registry-disk.js';
import { checkAdmissions, checkRegistry } from '../../src/sim/registry-law.js';
import { runScript } from '../../src/sim/script.js';

const engine = chooseEngine('typescript').factory;
const SCRIPT = 'agent a1 cpus:1;mem:512\nweight ads=2\nadvance 3s\n';

function weights(weight: number): RegistryOperation {
  return { type: 'UPDATE_WEIGHTS', weights: [{ role: 'ads', weight }] };
}

test('a leader that believes what is not on disk is a breach', () => {
  const { cluster } = runScript(SCRIPT, { engine }).scenario;
  const { state } = cluster.master;
  const { view } = cluster.masters.disk;
  assert.deepEqual(checkRegistry(state, view), []);
  state.weights.set('ads', 3);
  assert.deepEqual(checkRegistry(state, view), ['weights: the master has ads,3, the disk ads,2']);
  state.weights.set('ads', 2);
  view.agents.clear();
  assert.match(checkRegistry(state, view)[0] ?? '', /^admitted agents: the master has M-S0, the disk none/);
  const told = { type: 'AGENT_REGISTERED', agentId: 'M-S0' as AgentId, masterId: 'M', totalPingTimeoutSeconds: 1 };
  const effects = [{ type: 'Send', link: 1, message: told }];
  assert.deepEqual(checkAdmissions(effects, () => view), ['M-S0 is admitted but not on disk']);
});

test('a disk that forgets what it has acknowledged is found by random plays', () => {
  class Forgetful extends RegistryDisk {
    override write(...[expected, registry, fate]: Parameters<RegistryDisk['write']>): number | null {
      const forgets = expected % 4 === 3 && fate === undefined;
      return super.write(expected, forgets ? emptyRegistry() : registry, fate);
    }
  }
  const plan: Plan = { ...createPlan(1), faults: [] };
  assert.equal(play(plan, { engine }).failure, null);
  assert.match(play(plan, { engine, disk: new Forgetful() }).failure ?? '', /admitted/);
});

test('a write that is torn or lost leaves the version before; one master writes at a time', () => {
  const disk = new RegistryDisk();
  const waiting: (() => void)[] = [];
  let conflicts = 0;
  const open = (): DiskRegistrar =>
    new DiskRegistrar({
      disk,
      soon: (callback) => {
        callback();
      },
      later: (callback) => void waiting.push(callback),
      onConflict: () => conflicts++,
    });
  const answers: boolean[] = [];
  const first = open();
  first.store([weights(2)], (ok) => answers.push(ok));
  assert.deepEqual([answers, disk.view.weights.size], [[], 0]);
  waiting.shift()!();
  assert.deepEqual([answers, disk.view.weights.get('ads')], [[true], 2]);
  for (const [fate, expected] of [['torn', 2], ['lost', 2], ['made', 3]] as const) {
    const ends = open();
    ends.store([weights(3)], () => answers.push(false));
    ends.end(fate);
    waiting.shift()!();
    assert.deepEqual([answers, disk.view.weights.get('ads')], [[true], expected], fate);
  }
  first.store([weights(9)], () => answers.push(false));
  waiting.shift()!();
  assert.deepEqual([conflicts, answers, disk.view.weights.get('ads')], [1, [true], 3]);
  const registry = emptyRegistry();
  applyToRegistry(registry, weights(4));
  assert.equal(disk.write(disk.number - 1, registry), null);
});
