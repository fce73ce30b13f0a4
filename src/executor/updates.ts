/**
 * What the agent has not confirmed yet: updates without ACKNOWLEDGED, and tasks none of whose updates was acknowledged.
 * Both go into EXECUTOR_SUBSCRIBE, so that an agent that was away learns them. Updates get their uuid here: eight
 * random bytes of this process and a counter, unique without asking for randomness each time.
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
}

/** The longest message of a status, in characters. */
const MESSAGE_LENGTH = 4096;

export interface Updates {
  /** Tasks that the agent does not know to have arrived. */
  readonly tasks: ReadonlyMap<string, TaskInfo>;
  readonly pending: ReadonlyMap<string, TaskStatus>;
  launched(task: TaskInfo): void;
  /** The status of a report, remembered until it is acknowledged. `atMs` since 1970. */
  make(taskId: TaskInfo['taskId'], report: TaskReport, atMs: number): TaskStatus;
  /** Gives the status that was acknowledged, or null if none was waiting under this uuid. */
  acknowledged(taskId: string, uuid: Uint8Array): TaskStatus | null;
}

function keyOf(uuid: Uint8Array): string {
  return Buffer.from(uuid.buffer, uuid.byteOffset, uuid.byteLength).toString('latin1');
}

export function createUpdates(executorId: ExecutorId): Updates {
  const tasks = new Map<string, TaskInfo>();
  const pending = new Map<string, TaskStatus>();
  const prefix = randomBytes(8);
  let counter = 0n;
  const nextUuid = (): Uint8Array => {
    const uuid = Buffer.alloc(16);
    prefix.copy(uuid);
    uuid.writeBigUInt64BE(counter++, 8);
    return uuid;
  };
  return {
    tasks,
    pending,
    launched: (task) => void tasks.set(task.taskId, task),
    make: (taskId, report, atMs) => {
      const uuid = nextUuid();
      const status: TaskStatus = {
        taskId,
        state: report.state,
        source: 'SOURCE_EXECUTOR',
        executorId,
        timestamp: atMs / 1000,
        uuid,
        ...(report.message === undefined ? {} : { message: report.message.slice(0, MESSAGE_LENGTH) }),
        ...(report.reason === undefined ? {} : { reason: report.reason }),
        ...(report.data === undefined ? {} : { data: report.data }),
      };
      pending.set(keyOf(uuid), status);
      return status;
    },
    acknowledged: (taskId, uuid) => {
      const key = keyOf(uuid);
      const status = pending.get(key);
      if (status?.taskId !== taskId) return null;
      pending.delete(key);
      tasks.delete(taskId);
      return status;
    },
  };
}
