/** Executors as processes: those that are destroyed before they run, and those that still have something to say. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AgentEvent, LaunchExecutor } from '../../../src/agent/core/events.js';
import { createExecutors, type Executors } from '../../../src/agent/shell/executors.js';
import { prepareWorkDir } from '../../../src/agent/shell/work-dir.js';
import { createFetcher } from '../../../src/containers/fetcher.js';
import type { ContainerId } from '../../../src/protocol/schema.js';

const root = mkdtempSync(join(tmpdir(), 'mete-executors-'));
after(() => rmSync(root, { recursive: true, force: true }));

const workDir = prepareWorkDir(root, { execPath: process.execPath, args: [] });

interface Stage {
  readonly executors: Executors;
  readonly events: AgentEvent[];
  linked: boolean;
  /** Called when the link is asked about. */
  asked: () => void;
  readonly exited: () => Promise<AgentEvent>;
}

function stage(): Stage {
  const events: AgentEvent[] = [];
  let wake = (): void => undefined;
  const made: Stage = {
    events,
    linked: false,
    asked: () => undefined,
    exited: async () => {
      for (;;) {
        const found = events.find(({ type }) => type === 'ExecutorExited' || type === 'ExecutorFailedToStart');
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    executors: createExecutors({
      workDir,
      fetcher: createFetcher(workDir.fetchDirectory),
      switchUser: false,
      now: () => 0,
      isLinked: () => {
        made.asked();
        return made.linked;
      },
      push: (event) => {
        events.push(event);
        wake();
      },
    }),
  };
  return made;
}

function launch(containerId: string, value: string): LaunchExecutor {
  return {
    type: 'LaunchExecutor',
    containerId: containerId as ContainerId,
    executorInfo: { command: { value } },
    directory: join(root, 'runs', containerId),
    environment: {},
    user: null,
  } as unknown as LaunchExecutor;
}

test('an executor that is destroyed before it runs is started and ended, and both are told', async () => {
  const { executors, events, exited } = stage();
  executors.launch(launch('early', 'sleep 1000'));
  executors.destroy('early' as ContainerId);
  executors.destroy('unknown' as ContainerId);
  const end = await exited();
  assert.deepEqual(events.map(({ type }) => type), ['ExecutorStarted', 'ExecutorExited']);
  assert.equal(end.type === 'ExecutorExited' && end.status, 9);
  await executors.destroyAll();
  assert.equal(executors.count, 0);
});

test('the end of an executor is told after its link has closed', async () => {
  const made = stage();
  made.linked = true;
  made.executors.launch(launch('talks', 'exit 5'));
  await new Promise<void>((resolve) => (made.asked = resolve));
  assert.deepEqual(made.events.map(({ type }) => type), ['ExecutorStarted']);
  made.linked = false;
  const end = await made.exited();
  assert.equal(end.type === 'ExecutorExited' && end.status, 5 << 8);
});

test('all executors are ended at once, with what they use until then', async () => {
  const { executors, events } = stage();
  for (const name of ['a', 'b', 'c']) executors.launch(launch(name, "trap '' TERM; while :; do sleep 0.01; done"));
  while (events.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(executors.usage().processes >= 3 && executors.usage().memoryBytes > 0);
  await executors.destroyAll();
  assert.deepEqual([executors.count, executors.usage().processes], [0, 0]);
});
