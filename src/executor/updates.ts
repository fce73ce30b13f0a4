/**
 * What the agent has not confirmed yet: updates without ACKNOWLEDGED, and tasks none of whose updates was acknowledged.
 * Both go into EXECUTOR_SUBSCRIBE, so that an agent that was away learns them. Updates get their uuid here: ten random
 * bytes of this process and a counter, unique without asking for randomness each time.
 */
import { randomBytes } from 'node:crypto';
import type { ExecutorId } from '../protocol/schema.js';
import type { Reason, TaskInfo, TaskState, TaskStatus } from '../protocol/task.js';

/** What a task says about itself at one moment. */
export interface TaskReport {
  readonly state: TaskState;
  readonly message?: string;
  readonly reason?: Reason;
  readonly data?: Uint8Array;
  /** What a health check has found last. */
  readonly healthy?: boolean;
  /** What a check has found last. */
  readonly checkStatus?: TaskStatus['checkStatus'];
}

/** The longest message of a status, in characters. */
const MESSAGE_LENGTH = 4096;

export interface Updates {
  /** Tasks that the agent does not know to have arrived. */
  readonly tasks: ReadonlyMap<string, TaskInfo>;
  readonly pending: ReadonlyMap<number, TaskStatus>;
  launched(task: TaskInfo): void;
  /** The status of a report, remembered until it is acknowledged. `atMs` since 1970. */
  make(taskId: TaskInfo['taskId'], report: TaskReport, atMs: number): TaskStatus;
  /** Gives the status that was acknowledged, or null if none was waiting under this uuid. */
  acknowledged(taskId: string, uuid: Uint8Array): TaskStatus | null;
}

const UUID_BYTES = 16;
const COUNTER_AT = 10;

/** The counter of an uuid of ours, which is a key of numbers; -1 for any other bytes. */
function counterOf(uuid: Uint8Array, prefix: Uint8Array): number {
  if (uuid.length !== UUID_BYTES) return -1;
  for (let i = 0; i < COUNTER_AT; i++) if (uuid[i] !== prefix[i]) return -1;
  let counter = 0;
  for (let i = COUNTER_AT; i < UUID_BYTES; i++) counter = counter * 256 + uuid[i]!;
  return counter;
}

export function createUpdates(executorId: ExecutorId): Updates {
  const tasks = new Map<string, TaskInfo>();
  const pending = new Map<number, TaskStatus>();
  const prefix = randomBytes(COUNTER_AT);
  let counter = 0;
  const nextUuid = (): Uint8Array => {
    // Every byte is written below.
    const uuid = Buffer.allocUnsafe(UUID_BYTES);
    uuid.set(prefix);
    uuid.writeUIntBE(counter, COUNTER_AT, UUID_BYTES - COUNTER_AT);
    return uuid;
  };
  return {
    tasks,
    pending,
    launched: (task) => void tasks.set(task.taskId, task),
    make: (taskId, report, atMs) => {
      const status: TaskStatus = {
        taskId,
        state: report.state,
        source: 'SOURCE_EXECUTOR',
        executorId,
        timestamp: atMs / 1000,
        uuid: nextUuid(),
        ...(report.message === undefined ? {} : { message: report.message.slice(0, MESSAGE_LENGTH) }),
        ...(report.reason === undefined ? {} : { reason: report.reason }),
        ...(report.data === undefined ? {} : { data: report.data }),
        ...(report.healthy === undefined ? {} : { healthy: report.healthy }),
        ...(report.checkStatus === undefined ? {} : { checkStatus: report.checkStatus }),
      };
      pending.set(counter++, status);
      return status;
    },
    acknowledged: (taskId, uuid) => {
      const key = counterOf(uuid, prefix);
      const status = pending.get(key);
      if (status?.taskId !== taskId) return null;
      pending.delete(key);
      tasks.delete(taskId);
      return status;
    },
  };
}
