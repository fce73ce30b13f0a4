/**
 * What a simulated task does, written into the labels of its TaskInfo, so that the model executor needs nothing else:
 * `for` how long it runs in milliseconds, `end` how it ends, `kill` how it takes being killed.
 */
import type { Label } from '../protocol/common.js';
import type { TaskInfo } from '../protocol/task.js';

/** `stay`: runs until it is killed; `crash`: takes its executor with it. */
export const ENDINGS = ['finish', 'fail', 'stay', 'crash'] as const;
export type Ending = (typeof ENDINGS)[number];

/** `deaf`: does not care; only the end of its executor ends it. */
export const KILL_MANNERS = ['obey', 'slow', 'deaf'] as const;
export type KillManner = (typeof KILL_MANNERS)[number];

export interface TaskPlan {
  readonly forMs: number;
  readonly end: Ending;
  readonly kill: KillManner;
}

export const PLAIN_PLAN: TaskPlan = { forMs: 0, end: 'stay', kill: 'obey' };

export function planLabels(plan: TaskPlan): Label[] {
  return [
    { key: 'for', value: String(plan.forMs) },
    { key: 'end', value: plan.end },
    { key: 'kill', value: plan.kill },
  ];
}

export function planOf(task: TaskInfo): TaskPlan {
  const valueOf = (key: string): string | undefined => task.labels?.find((label) => label.key === key)?.value;
  return {
    forMs: Number(valueOf('for') ?? 0),
    end: ENDINGS.find((ending) => ending === valueOf('end')) ?? 'stay',
    kill: KILL_MANNERS.find((manner) => manner === valueOf('kill')) ?? 'obey',
  };
}
