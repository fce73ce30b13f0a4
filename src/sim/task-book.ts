/**
 * What a framework knows of its tasks, and what it must never be told: a status after the end, two different ends, an
 * old status after a newer one. Three things are right although they look wrong. A task that was lost with its agent
 * may come back if its framework does not know of partitions (TASK_LOST from the master); so may one that the master
 * did not know for a while (TASK_UNKNOWN); and who asks for a task that is over and forgotten is told that nobody
 * knows it.
 */
import { isTerminal, type TaskInfo, type TaskState, type TaskStatus } from '../protocol/task.js';
import type { AgentId, ExecutorId, TaskId } from '../protocol/schema.js';
import { shortUuid } from './uuid.js';

export interface TaskBook {
  readonly id: TaskId;
  readonly agentId: AgentId;
  /** Of command tasks: the id of the task. */
  readonly executorId: ExecutorId;
  readonly launchedMs: number;
  state: TaskState;
  /** The status that ended it. */
  end: TaskStatus | null;
  /** Uuids of its statuses in the order in which they were first seen. */
  readonly uuids: string[];
  /** States in order, without repeats. */
  readonly states: TaskState[];
}

export function bookLaunch(books: Map<TaskId, TaskBook>, task: TaskInfo, at: number): void {
  books.set(task.taskId, {
    id: task.taskId,
    agentId: task.agentId,
    executorId: task.executor?.executorId ?? (task.taskId as string as ExecutorId),
    launchedMs: at,
    state: 'TASK_STAGING',
    end: null,
    uuids: [],
    states: [],
  });
}

/** Nothing more is expected of it: it ended, or nobody knows it. */
export function isSettled(book: TaskBook): boolean {
  return book.end !== null;
}

/** Books a status; returns what is wrong with it, if something is. */
export function bookStatus(books: Map<TaskId, TaskBook>, status: TaskStatus, at: number): string | null {
  const book = books.get(status.taskId);
  const what = `${status.taskId} ${status.state} (${status.source ?? '?'} ${status.reason ?? '-'}) at ${at}`;
  if (book === undefined) return `status of a task that was never launched: ${what}`;
  if (status.uuid !== undefined) {
    const uuid = shortUuid(status.uuid);
    const seen = book.uuids.indexOf(uuid);
    if (seen >= 0) {
      if (seen === book.uuids.length - 1) return null;
      return `an old status came again after a newer one: ${what}`;
    }
    book.uuids.push(uuid);
  }
  const { end } = book;
  if (end !== null && isAnswer(status)) return null;
  if (end !== null && !mayComeBack(end) && end.state !== status.state) {
    return `${end.state} (${end.source ?? '?'} ${end.reason ?? '-'}) was followed by ${what}`;
  }
  book.state = status.state;
  if (book.states.at(-1) !== status.state) book.states.push(status.state);
  book.end = isTerminal(status.state) || status.state === 'TASK_UNKNOWN' ? status : null;
  return null;
}

/** An answer to a question about a task that the master has forgotten. */
function isAnswer(status: TaskStatus): boolean {
  if (status.reason !== 'REASON_RECONCILIATION') return false;
  return isTerminal(status.state) || status.state === 'TASK_UNKNOWN' || status.state === 'TASK_UNREACHABLE';
}

function mayComeBack(end: TaskStatus): boolean {
  return end.state === 'TASK_UNKNOWN' || (end.state === 'TASK_LOST' && end.source === 'SOURCE_MASTER');
}
