/**
 * Runs one command on a cluster and waits for its end, as mesos-execute does: a framework of a single task, which takes
 * the first offer that has what the task needs and declines all others.
 */
import type { LogFields, LogLevel } from '../../base/core.js';
import { MeteError } from '../../base/errors.js';
import type { FrameworkInfo } from '../../protocol/framework.js';
import type { OfferMessage } from '../../protocol/offer.js';
import type { TaskId } from '../../protocol/schema.js';
import { isTerminal, type TaskInfo, type TaskStatus } from '../../protocol/task.js';
import { resourcesFromMessages, resourcesToMessages } from '../../resources/message-form.js';
import type { Resources } from '../../resources/resources.js';
import { SchedulerDriver, type SchedulerDriverOptions } from './scheduler-driver.js';

export interface ExecuteOptions extends Pick<
  SchedulerDriverOptions,
  'masters' | 'sessionTimeoutMs' | 'transport' | 'credential'
> {
  readonly name: string;
  /** For the shell. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly resources: Resources;
  readonly role: string;
  readonly user: string;
  readonly principal?: string | undefined;
  /** The task is killed when it has run for so long. */
  readonly killAfterMs?: number | undefined;
  /** The master must answer within this time. */
  readonly connectTimeoutMs: number;
  readonly onStatus: (status: TaskStatus) => void;
  readonly onLog?: (level: LogLevel, text: string, fields?: LogFields) => void;
  /** Aborting it ends the framework, and with it the task. */
  readonly signal?: AbortSignal;
}

/** Offers that are too small are not wanted again for so long. */
const REFUSE_SECONDS = 5;

/**
 * Resolves to the last status of the task; null if it was cancelled. Throws MeteError: UNAVAILABLE without a master in
 * time, FORBIDDEN if the master refuses the framework.
 */
export async function executeCommand(options: ExecuteOptions): Promise<TaskStatus | null> {
  const { name, connectTimeoutMs, onStatus, signal } = options;
  let last: TaskStatus | null = null;
  let launched = false;
  let refusal: MeteError | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  let patience: NodeJS.Timeout | undefined;
  const driver = new SchedulerDriver(
    {
      registered: () => clearTimeout(patience),
      resourceOffers: (_driver, offers) => {
        for (const offer of offers) {
          const fits = !launched && resourcesFromMessages(offer.resources).contains(options.resources);
          if (fits) driver.launchTasks([offer.id], [taskOf(options, offer)]);
          else driver.declineOffer(offer.id, { refuseSeconds: REFUSE_SECONDS });
          launched ||= fits;
        }
        if (launched) driver.suppressOffers();
      },
      statusUpdate: (_driver, status) => {
        onStatus(status);
        last = status;
        if (status.state === 'TASK_RUNNING' && options.killAfterMs !== undefined) {
          killTimer ??= setTimeout(() => driver.killTask(status.taskId), options.killAfterMs);
        }
        // The acknowledgement of this status goes out before.
        if (isTerminal(status.state)) setImmediate(() => driver.stop());
      },
      error: (_driver, message) => (refusal = refused(name, message)),
      ...(options.onLog === undefined ? {} : { log: options.onLog }),
    },
    driverOptions(options),
  );
  const cancel = (): void => {
    last = null;
    driver.stop();
  };
  try {
    await driver.start();
    patience = setTimeout(() => {
      refusal = unanswered(connectTimeoutMs);
      driver.stop();
    }, connectTimeoutMs);
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted === true) cancel();
    await driver.join();
  } finally {
    clearTimeout(patience);
    clearTimeout(killTimer);
    signal?.removeEventListener('abort', cancel);
  }
  if (refusal !== null) throw refusal as MeteError;
  return last;
}

function driverOptions(options: ExecuteOptions): SchedulerDriverOptions {
  const { name, role, user, principal, masters, sessionTimeoutMs, transport, credential } = options;
  const frameworkInfo: FrameworkInfo = {
    user,
    name: `mete execute ${name}`,
    roles: [role],
    capabilities: [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }, { type: 'RESERVATION_REFINEMENT' }],
    ...(principal === undefined ? {} : { principal }),
  };
  return {
    masters,
    frameworkInfo,
    ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
    ...(transport === undefined ? {} : { transport }),
    ...(credential === undefined ? {} : { credential }),
  };
}

function taskOf({ name, command, environment, resources }: ExecuteOptions, { agentId }: OfferMessage): TaskInfo {
  const variables = Object.entries(environment).map(([key, value]) => ({ name: key, value }));
  return {
    name,
    taskId: name as TaskId,
    agentId,
    resources: resourcesToMessages(resources),
    command: { value: command, ...(variables.length === 0 ? {} : { environment: { variables } }) },
  };
}

function unanswered(connectTimeoutMs: number): MeteError {
  const reason = `none has answered within ${connectTimeoutMs} ms`;
  return new MeteError('UNAVAILABLE', { field: 'master', value: undefined, reason, mend: 'see that one runs there' });
}

function refused(name: string, reason: string): MeteError {
  return new MeteError('FORBIDDEN', { field: 'framework', value: name, reason, mend: 'ask as the master says' });
}
