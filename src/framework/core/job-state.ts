/**
 * What the scheduler of a job knows: its pieces from their first launch until they are merged, their attempts, and the
 * agents. A piece has one attempt, rarely two (a straggler and its double, or one that may come back from an agent out
 * of reach); the first result that is taken counts, so each piece is merged exactly once.
 */
import type { AgentId, TaskId } from '../../protocol/schema.js';
import type { ExecutorInfo } from '../../protocol/task.js';
import type { SchedulerConfig, SchedulerState } from './scheduler-state.js';
import { createScheduler } from './scheduler-state.js';
import { createWorkLine, type Span, type WorkLine, type WorkShape } from './work-line.js';

export interface JobConfig {
  readonly scheduler: SchedulerConfig;
  /** Name of the job: part of the names of its tasks. */
  readonly name: string;
  /** What one task needs. */
  readonly needs: { readonly cpus: number; readonly memMb: number };
  /** The executor of the tasks; one for each agent. */
  readonly executor: ExecutorInfo;
  readonly work: WorkShape;
  /** `TaskInfo.data` of a piece; a pure function. */
  readonly encodeTask: (span: Span, taskId: TaskId) => Uint8Array;
  /** Spans that are done already, ascending. */
  readonly done?: readonly Span[];
  /** A piece may fail so often by itself … */
  readonly maxFailures?: number;
  /** … and be lost so often with its executor or agent. */
  readonly maxLosses?: number;
  /** Without a subscription for so long the job fails: at first … */
  readonly masterTimeoutMs?: number;
  /** … and after the master was lost, in whose place another may come. */
  readonly reconnectTimeoutMs?: number;
}

const DEFAULTS = { maxFailures: 3, maxLosses: 10, masterTimeoutMs: 60_000, reconnectTimeoutMs: 600_000 } as const;

export interface Piece extends Span {
  readonly id: number;
  /** waiting: for an offer; running: an attempt is; merging: a result is being taken. */
  state: 'waiting' | 'running' | 'merging';
  launches: number;
  failures: number;
  losses: number;
  /** Where it failed or was lost. */
  readonly avoid: Set<AgentId>;
  readonly reasons: string[];
  readonly attempts: Set<TaskId>;
  /** Since when it waits. */
  waitingMs: number;
  /** It takes much longer than it should: a double is wanted, or there is one. */
  late: 'no' | 'wanted' | 'doubled';
}

export interface Attempt {
  readonly taskId: TaskId;
  readonly piece: Piece;
  readonly agentId: AgentId;
  readonly launchedMs: number;
  runningMs: number | null;
  doneUnits: number;
  /** Its agent is out of reach; it may come back. */
  unreachable: boolean;
}

export interface AgentRecord {
  /** It has our executor. */
  hasExecutor: boolean;
  /** Tasks that failed there in a row, whatever they were. */
  failuresInRow: number;
  /** Until then it is used only if there is no other. */
  avoidUntilMs: number;
}

export interface JobState {
  readonly config: JobConfig & Readonly<Record<keyof typeof DEFAULTS, number>>;
  readonly scheduler: SchedulerState;
  readonly line: WorkLine;
  readonly pieces: Map<number, Piece>;
  /** Pieces to launch again, oldest first. */
  readonly waiting: Piece[];
  readonly attempts: Map<TaskId, Attempt>;
  readonly agents: Map<AgentId, AgentRecord>;
  nextPiece: number;
  /** Pieces of which a double is wanted. */
  lateWanted: number;
  /** Offers are awaited: the timer `offers` is set. */
  awaitsOffers: boolean;
  ended: boolean;
  doneUnits: number;
  /** Tasks whose results were merged. */
  finishedTasks: number;
  failedTasks: number;
  lostTasks: number;
  launchedTasks: number;
  /** When the first task was launched and the last result merged; null before. */
  firstLaunchMs: number | null;
  /** When the first task was told to run. */
  firstRunningMs: number | null;
  /** From launch to TASK_RUNNING, of the latest tasks whose executor was there already. */
  readonly startTimesMs: number[];
  lastResultMs: number | null;
  /** The last reason for which there was no master. */
  noMasterReason: string;
  /** Why nothing runs although there is work, for people; '' if there is no such reason. */
  hindrance: string;
}

export const JOB_TIMERS = { master: 'job-master', stragglers: 'job-stragglers', offers: 'job-offers' } as const;

export function createJob(config: JobConfig): JobState {
  const line = createWorkLine(config.work, config.done);
  return {
    config: { ...DEFAULTS, ...config },
    scheduler: createScheduler(config.scheduler),
    line,
    pieces: new Map(),
    waiting: [],
    attempts: new Map(),
    agents: new Map(),
    nextPiece: 1,
    lateWanted: 0,
    awaitsOffers: false,
    ended: false,
    doneUnits: config.work.units - line.freshUnits,
    finishedTasks: 0,
    failedTasks: 0,
    lostTasks: 0,
    launchedTasks: 0,
    firstLaunchMs: null,
    firstRunningMs: null,
    startTimesMs: [],
    lastResultMs: null,
    noMasterReason: 'no answer',
    hindrance: '',
  };
}

/** What is known of an agent; it becomes known by being asked for. */
export function agentOf(state: JobState, id: AgentId): AgentRecord {
  let agent = state.agents.get(id);
  if (agent === undefined) {
    agent = { hasExecutor: false, failuresInRow: 0, avoidUntilMs: 0 };
    state.agents.set(id, agent);
  }
  return agent;
}

export function newPiece(state: JobState, span: Span): Piece {
  const piece: Piece = {
    ...span,
    id: state.nextPiece++,
    state: 'waiting',
    launches: 0,
    failures: 0,
    losses: 0,
    avoid: new Set(),
    reasons: [],
    attempts: new Set(),
    waitingMs: 0,
    late: 'no',
  };
  state.pieces.set(piece.id, piece);
  return piece;
}

/** Is there anything to launch? */
export function wantsOffers(state: JobState): boolean {
  return !state.ended && (state.line.freshUnits > 0 || state.waiting.length > 0 || state.lateWanted > 0);
}

export function setLate(state: JobState, piece: Piece, late: Piece['late']): void {
  if (piece.late === 'wanted') state.lateWanted--;
  if (late === 'wanted') state.lateWanted++;
  piece.late = late;
}

/** How far a job is. */
export interface JobProgress {
  readonly totalUnits: number;
  readonly unit: string;
  /** Merged, and as far as tasks told in those that run. */
  readonly doneUnits: number;
  readonly runningTasks: number;
  readonly finishedTasks: number;
  readonly failedTasks: number;
  readonly lostTasks: number;
  /** Agents with an executor of the job. */
  readonly agents: number;
  /** It has a master, or needs none any more. */
  readonly subscribed: boolean;
  readonly hindrance: string;
}

export function viewProgress(state: JobState): JobProgress {
  let running = 0;
  for (const { piece, doneUnits } of state.attempts.values()) {
    running += Math.min(doneUnits, piece.to - piece.from) / Math.max(1, piece.attempts.size);
  }
  let agents = 0;
  for (const agent of state.agents.values()) if (agent.hasExecutor) agents++;
  return {
    totalUnits: state.config.work.units,
    unit: state.config.work.unit,
    doneUnits: state.doneUnits + running,
    runningTasks: state.attempts.size,
    finishedTasks: state.finishedTasks,
    failedTasks: state.failedTasks,
    lostTasks: state.lostTasks,
    agents,
    subscribed: state.scheduler.phase === 'SUBSCRIBED' || state.ended,
    hindrance: state.hindrance,
  };
}
