/**
 * Journals of whole plays, replayed: the same effects and the same state, on the engine that was there and on the other
 * one.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { chooseEngine } from '../../src/engine/create-engine.js';
import type { MasterConfig } from '../../src/master/core/config.js';
import type { MasterEvent } from '../../src/master/core/events.js';
import { createJournal, type Journal } from '../../src/runner/journal.js';
import { openJournal } from '../../src/runner/journal-reader.js';
import { type Replay, replay } from '../../src/runner/replay.js';
import { masterConfigOf } from '../../src/sim/cluster.js';
import { createPlan } from '../../src/sim/plan.js';
import { play } from '../../src/sim/play.js';
import { masterTarget, recordableConfig } from '../../src/sim/replay-cores.js';
import { runScript } from '../../src/sim/script.js';
import { createWorld } from '../../src/sim/world.js';

const folder = mkdtempSync(join(tmpdir(), 'mete-replay-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const { factory: typescript } = chooseEngine('typescript');
const auto = chooseEngine('auto');

function record(seed: number, master: Partial<MasterConfig> = {}): [string, Journal<MasterEvent>] {
  const path = join(folder, `play-${seed}`);
  const config = masterConfigOf({ engine: typescript, seed, master }, createWorld().nowMs);
  const header = { program: 'test', core: 'master', config: recordableConfig(config), engine: 'typescript', seed };
  return [path, createJournal<MasterEvent>({ path, header, sync: 'never' })];
}

function replayWith(path: string, engine: EngineFactory): Replay {
  const reader = openJournal<MasterEvent>(path);
  try {
    return replay(reader, ({ config }) => masterTarget(config, engine));
  } finally {
    reader.close();
  }
}

for (const seed of [21, 22, 23, 24, 25]) {
  test(`[both engines test] the journal of play ${seed} gives the same digest again, on both engines`, (t) => {
    const plan = createPlan(seed);
    const [path, journal] = record(seed, plan.master);
    const result = play(plan, { engine: typescript, journal });
    journal.close();
    const again = replayWith(path, typescript);
    assert.equal(again.events, journal.counters.events);
    assert.equal(again.torn, null);
    assert.equal(again.effectsDigest, result.masterDigests.effects, 'effects of the play and of its replay');
    assert.equal(again.stateDigest, result.masterDigests.state, 'state after the play and after its replay');
    if (auto.name !== 'native') {
      t.diagnostic(`no native engine: ${auto.reasons.join('; ')}`);
      return;
    }
    const { durationMs: _, ...others } = replayWith(path, auto.factory);
    const { durationMs: __, ...mine } = again;
    assert.deepEqual(others, mine);
  });
}

test('the journals of all scenarios replay to one digest on both engines', (t) => {
  if (auto.name !== 'native') {
    t.skip(`no native engine: ${auto.reasons.join('; ')}`);
    return;
  }
  const scenarios = fileURLToPath(new URL('../scenarios/', import.meta.url));
  for (const file of readdirSync(scenarios).filter((name) => name.endsWith('.txt'))) {
    const text = readFileSync(join(scenarios, file), 'utf8');
    if (/^cluster /m.test(text)) continue;
    const [path, journal] = record(1);
    runScript(text, { engine: auto.factory, journal });
    journal.close();
    const [first, second] = [typescript, auto.factory].map((engine) => replayWith(path, engine).digest);
    assert.equal(first, second, file);
  }
});
