/** Task groups: each fault of a task, of the executor and of all together, with its text. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Resource } from '../../../src/protocol/common.js';
import type { ContainerInfo } from '../../../src/protocol/container.js';
import type { ExecutorInfo, TaskInfo } from '../../../src/protocol/task.js';
import {
  completeTaskGroup,
  type Refusal,
  type TaskGroupContext,
  validateTaskGroup,
} from '../../../src/master/core/validation/index.js';
import { Resources } from '../../../src/resources/resources.js';
import { AVAILABLE, EXECUTOR, expectOrder, expectTexts, ranges, scalar, TASK, taskContext } from './fixtures.js';
import { taskId, volume, without } from './fixtures.js';

const GROUP_EXECUTOR: ExecutorInfo = { ...without(EXECUTOR, 'command'), type: 'DEFAULT' };
const OWN: ContainerInfo = { type: 'MESOS', linuxInfo: { shareCgroups: false } };
const SHARED: ContainerInfo = { type: 'MESOS', linuxInfo: { shareCgroups: true } };
const SECOND: TaskInfo = { ...TASK, taskId: taskId('t2') };

function check(
  tasks: readonly TaskInfo[],
  executor = GROUP_EXECUTOR,
  over: Partial<TaskGroupContext> = {},
  available = AVAILABLE,
): Refusal {
  return validateTaskGroup(completeTaskGroup(tasks, executor), executor, taskContext(over), available);
}

test('[B174] tasks of groups are refused with these texts', () => {
  assert.equal(check([TASK, SECOND]), null);
  const invalid = "Task 't2' is invalid: ";
  const health = { type: 'TCP', tcp: { port: 1 } } as const;
  const remote: Partial<TaskInfo> = { container: { type: 'MESOS', networkInfos: [{}] }, healthCheck: health };
  const limits = { cpus: 2 };
  const limited =
    `${invalid}Resource limits may only be set for tasks within a task group when the 'share_cgroups' field is set ` +
    "to 'false'.";
  const own = { container: OWN };
  expectTexts((more: Partial<TaskInfo>) => check([{ ...TASK, ...own }, { ...SECOND, ...own, ...more }]), [
    [{}, null],
    [{ limits }, null],
    [{ resources: [] }, `${invalid}Task uses no resources`],
    [{ limits, container: { type: 'MESOS' } }, limited],
    [{ limits, container: { type: 'MESOS', linuxInfo: {} } }, limited],
    [{ limits, container: SHARED }, limited],
    [
      remote,
      `${invalid}HTTP and TCP health checks are not supported for nested containers not joining parent's network`,
    ],
    [
      { container: { type: 'DOCKER', docker: { image: 'i' } } },
      `${invalid}Docker ContainerInfo is not supported on the task`,
    ],
  ]);
  assert.equal(
    validateTaskGroup([TASK], GROUP_EXECUTOR, taskContext(), AVAILABLE),
    "Task 't1' is invalid: 'TaskInfo.executor' must be set",
  );
});

const REVOCABLE: Partial<Resource> = { revocable: true };
const [CPUS, MEM, DISK] = EXECUTOR.resources as [Resource, Resource, Resource];

test('[B174] executors of groups are refused with these texts', () => {
  const less = "Executor 'worker' uses less";
  const rows: [Partial<ExecutorInfo>, string | null][] = [
    [{}, null],
    [{ shutdownGracePeriodMs: -1 }, "ExecutorInfo's 'shutdown_grace_period' must be non-negative"],
    [{ type: 'UNKNOWN' }, 'Unknown executor type'],
    [
      { type: 'CUSTOM', command: { value: 'x' }, container: { type: 'DOCKER', docker: { image: 'i' } } },
      'Docker ContainerInfo is not supported on the executor',
    ],
    [{ resources: [MEM, DISK] }, `${less} CPUs (None) than the minimum required (0.01)`],
    [{ resources: [scalar('cpus', 0.005), MEM, DISK] }, `${less} CPUs (0.005) than the minimum required (0.01)`],
    [{ resources: [CPUS, DISK] }, `${less} memory (None) than the minimum required (32MB)`],
    [{ resources: [CPUS, scalar('mem', 31.5), DISK] }, `${less} memory (32256KB) than the minimum required (32MB)`],
    [{ resources: [CPUS, MEM] }, "Executor 'worker' uses no disk"],
    [{ container: SHARED }, "The 'share_cgroups' field cannot be set to 'true' on executor containers"],
  ];
  expectTexts((more: Partial<ExecutorInfo>) => check([TASK], { ...GROUP_EXECUTOR, ...more }), rows);
  assert.equal(check([TASK], without(GROUP_EXECUTOR, 'type')), "'ExecutorInfo.type' must be set");
  expectOrder<ExecutorInfo>(
    (more) => check([TASK], { ...GROUP_EXECUTOR, ...more }),
    rows.filter(([more]) => Object.keys(more).length === 1),
  );
  assert.equal(
    check([TASK, { ...SECOND, executor: { ...GROUP_EXECUTOR, name: 'other' } }]),
    "The `ExecutorInfo` of task 't2' is different from executor 'worker'",
  );
});

test('[B174] what a group needs together', () => {
  const together = (first: Resource[], second: Resource[], ofExecutor: Resource[] = []): Refusal => {
    const executor = { ...GROUP_EXECUTOR, resources: [CPUS, MEM, DISK, ...ofExecutor] };
    return check([{ ...TASK, resources: first }, { ...SECOND, resources: second }], executor);
  };
  assert.equal(
    together([volume('v')], [volume('v')]),
    "Task group and executor use duplicate persistence ID: Persistence ID 'v' is not unique",
  );
  assert.equal(
    together([scalar('gpus', 1, REVOCABLE)], [scalar('gpus', 1)]),
    'Task group and executor mix revocable and non-revocable resources: ' +
      "Cannot use both revocable and non-revocable 'gpus' at the same time",
  );
  const text = together([ranges(1, 5)], [scalar('cpus', 1)], [ranges(5, 6)]) ?? '';
  assert.ok(
    text.startsWith(
      "There are overlapping resources in the task group's task resources [ ports(allocated: ads):[1-5], " +
        'cpus(allocated: ads):1 ] and/or executor resources [{"name":"cpus",',
    ),
    text,
  );
  const exact = Resources.fromScalars({ cpus: 2.1, mem: 288, disk: 1 });
  assert.equal(check([TASK, SECOND], GROUP_EXECUTOR, {}, exact), null);
  const less = Resources.fromScalars({ cpus: 2, mem: 256 });
  assert.equal(
    check([TASK, SECOND], GROUP_EXECUTOR, {}, less),
    'Total resources cpus(allocated: ads):2.1; disk(allocated: ads):1; mem(allocated: ads):288 required ' +
    'by task group ' +
      'and its executor are more than available cpus(allocated: ads):2; mem(allocated: ads):256',
  );
  assert.equal(check([TASK, SECOND], GROUP_EXECUTOR, { executor: () => GROUP_EXECUTOR }, less), null);
});

test('[B174] the tasks under one executor all share its cgroups, or none does', () => {
  const mixed =
    "If set, the value of 'share_cgroups' must be the same for all tasks in each task group and under a " +
    "single executor";
  const own = { ...TASK, container: OWN };
  const over = { executor: () => GROUP_EXECUTOR, containersUnder: () => [undefined, SHARED] };
  assert.equal(check([own, { ...SECOND, container: OWN }]), null);
  assert.equal(check([own, SECOND]), mixed);
  assert.equal(check([own], GROUP_EXECUTOR, over), mixed);
  assert.equal(check([own], GROUP_EXECUTOR, { ...over, executor: () => undefined }), null);
  assert.equal(check([TASK, { ...SECOND, container: SHARED }], GROUP_EXECUTOR, over), null);
});
