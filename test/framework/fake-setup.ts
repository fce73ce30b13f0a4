/** What a fake cluster is made of, what can go wrong in it, and what is counted. */
import type { OfferId } from '../../src/protocol/schema.js';
import type { TaskInfo, TaskStatus } from '../../src/protocol/task.js';
import { createJob, type JobConfig, type JobState } from '../../src/framework/core/job-state.js';

export interface FakeAgent {
  readonly id: string;
  readonly cpus: number;
  readonly mem: number;
  /** Units of work a millisecond. */
  readonly speed: number;
}

export interface Troubles {
  /** Chances, each from 0 to 1. */
  readonly taskFails?: number;
  readonly executorDies?: number;
  readonly agentGoes?: number;
  readonly linkBreaks?: number;
  readonly offerIsVoid?: number;
  readonly resultIsBroken?: number;
  readonly statusComesTwice?: number;
  /** Chance that a task takes a hundred times as long as it should. */
  readonly taskHangs?: number;
}

export interface RunningTask {
  readonly info: TaskInfo;
  readonly agent: AgentRun;
  /** The newest status that is not acknowledged. */
  pending: TaskStatus | null;
  ended: boolean;
  counted: boolean;
}

export interface AgentRun extends FakeAgent {
  here: boolean;
  usedCpus: number;
  usedMem: number;
  executor: boolean;
  offered: OfferId | null;
}

export interface Tally {
  offers: number;
  accepted: number;
  declined: number;
  launched: number;
  calls: Map<string, number>;
  /** Units merged, with repetition. */
  merged: number;
  pieces: { from: number; to: number; agent: string; atMs: number }[];
  most: number;
}

export const EXECUTOR_MEM = 32;

export type FakeJob = Omit<JobConfig, 'scheduler' | 'executor' | 'encodeTask' | 'name'>;

/** The core of a job whose tasks carry their span as JSON. */
export function fakeJob(config: FakeJob, seed: number): JobState {
  return createJob({
    name: 'fake',
    scheduler: {
      frameworkInfo: { user: 'nobody', name: 'fake', roles: ['*'], capabilities: [{ type: 'MULTI_ROLE' }] },
      masters: ['master:1'],
      seed,
    },
    executor: {
      executorId: 'x' as never,
      resources: [{ name: 'mem', type: 'SCALAR', scalar: EXECUTOR_MEM }],
    },
    encodeTask: ({ from, to }) => Buffer.from(JSON.stringify({ from, to })),
    ...config,
  });
}
