/**
 * A framework that remembers everything it was told: it keeps some tasks running for long, and starts short ones all
 * the time. Each task ends once, in one terminal state; the long ones end only with their agent or their executor.
 */
import { userInfo } from 'node:os';
import { SchedulerDriver } from '../../src/framework/shell/scheduler-driver.js';
import type { OfferMessage } from '../../src/protocol/offer.js';
import type { TaskId } from '../../src/protocol/schema.js';
import { isTerminal, type TaskInfo, type TaskStatus } from '../../src/protocol/task.js';

export interface Witnessed {
  readonly taskId: string;
  readonly isLong: boolean;
  /** Distinct statuses in the order in which they came; repetitions (the same uuid) are counted. */
  readonly statuses: TaskStatus[];
  repetitions: number;
}

export interface Witness {
  readonly tasks: ReadonlyMap<string, Witnessed>;
  readonly driver: SchedulerDriver;
  /** Short tasks are started no longer. */
  rest(): void;
  /** Tasks of which no terminal status came yet. */
  open(): Witnessed[];
  stop(): Promise<void>;
}

const SMALL: NonNullable<TaskInfo['resources']> = [
  { name: 'cpus', type: 'SCALAR', scalar: 0.1 },
  { name: 'mem', type: 'SCALAR', scalar: 32 },
];

const uuidOf = (status: TaskStatus): string | null =>
  status.uuid === undefined ? null : Buffer.from(status.uuid).toString('hex');

/**
 * Enters a status. What the master answers to a question has no uuid: it repeats what is known, or comes before the
 * status that it is taken from.
 */
function enter(task: Witnessed, status: TaskStatus): void {
  const uuid = uuidOf(status);
  const last = task.statuses.at(-1);
  const isAnswer = last?.state === status.state && (uuid === null || uuidOf(last) === null);
  const isKnown = isAnswer || (uuid !== null && task.statuses.some((known) => uuidOf(known) === uuid));
  if (isKnown) task.repetitions++;
  else task.statuses.push(status);
}

/** Starts it; `long` tasks are kept running, `shortEveryMs` is the pace of the others. */
export async function startWitness(masters: readonly string[], long: number, shortEveryMs: number): Promise<Witness> {
  const tasks = new Map<string, Witnessed>();
  let resting = false;
  let lastShortMs = 0;
  const open = (): Witnessed[] =>
    [...tasks.values()].filter(({ statuses }) => !statuses.some(({ state }) => isTerminal(state)));
  const launch = (offer: OfferMessage, isLong: boolean): TaskInfo => {
    const taskId = `${isLong ? 'long' : 'short'}-${tasks.size}`;
    tasks.set(taskId, { taskId, isLong, statuses: [], repetitions: 0 });
    const value = isLong ? 'exec sleep 100000' : 'sleep 0.2';
    return { name: taskId, taskId: taskId as TaskId, agentId: offer.agentId, resources: SMALL, command: { value } };
  };
  const onOffer = (offer: OfferMessage): void => {
    const running = open();
    const wanted: TaskInfo[] = [];
    if (!resting && running.filter(({ isLong }) => isLong).length < long) wanted.push(launch(offer, true));
    const isDue = performance.now() - lastShortMs >= shortEveryMs && running.length < long + 20;
    if (!resting && isDue) {
      lastShortMs = performance.now();
      wanted.push(launch(offer, false));
    }
    if (wanted.length === 0) driver.declineOffer(offer.id, { refuseSeconds: 0.3 });
    else driver.launchTasks([offer.id], wanted, { refuseSeconds: 0 });
  };
  const driver = new SchedulerDriver(
    {
      resourceOffers: (_driver, offers) => offers.forEach(onOffer),
      statusUpdate: (_driver, status) => {
        const task = tasks.get(status.taskId);
        if (task === undefined) throw new Error(`status of a task that was never started: ${status.taskId}`);
        enter(task, status);
      },
    },
    {
      masters,
      frameworkInfo: {
        user: userInfo().username,
        name: 'witness',
        checkpoint: true,
        failoverTimeoutSeconds: 600,
        capabilities: [{ type: 'PARTITION_AWARE' }],
      },
    },
  );
  await driver.start();
  return {
    tasks,
    driver,
    open,
    rest: () => void (resting = true),
    stop: async () => {
      driver.stop();
      await driver.join();
    },
  };
}
