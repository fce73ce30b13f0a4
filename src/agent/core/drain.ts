/**
 * Draining: all tasks are killed, none is taken until the last framework is gone from here. It survives a restart of
 * the agent. Facts: `Slave::drain`, `updateDrainStatus` of Mesos' agent.
 */
import type { DrainConfig } from '../../protocol/operator-shapes.js';
import type { KillPolicy } from '../../protocol/task.js';
import { checkpoint, KEYS } from './checkpoint.js';
import type { Effects } from './events.js';
import { killKnown } from './kill-task.js';
import { log } from './send.js';
import type { AgentState, Task } from './state.js';

/** The master, or a former run of the agent, wants it drained. */
export function drain(state: AgentState, atMs: number, config: DrainConfig, effects: Effects): void {
  if (state.frameworks.size === 0) {
    log(effects, 'info', 'asked to drain: nothing is here');
    return;
  }
  log(effects, 'info', 'draining', { maxGraceMs: config.maxGracePeriodMs, markGone: config.markGone });
  state.drainConfig = config;
  checkpoint(effects, KEYS.drain, { type: 'DRAIN', config });
  for (const framework of [...state.frameworks.values()]) {
    if (framework.terminating) continue;
    for (const task of [...framework.tasks.values()]) {
      if (task.stage === 'TERMINATED') continue;
      killKnown(state, atMs, task, policyOf(task, config.maxGracePeriodMs), effects);
    }
  }
}

/** What replaces the policy of a task whose own grace period is longer than the maximum, or not known. */
function policyOf(task: Task, maxMs: number | undefined): KillPolicy | undefined {
  if (maxMs === undefined) return undefined;
  const ownMs = task.info.killPolicy?.gracePeriodMs;
  return ownMs !== undefined && ownMs <= maxMs ? undefined : { gracePeriodMs: maxMs };
}
