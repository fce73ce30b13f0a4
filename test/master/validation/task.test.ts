/** Tasks and their executors: each fault with its text, and of any two the first. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Resource } from '../../../src/protocol/common.js';
import type { CheckInfo, HealthCheck } from '../../../src/protocol/container.js';
import type { AgentId, FrameworkId } from '../../../src/protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../../../src/protocol/task.js';
import {
  completeTask,
  type Refusal,
  type TaskContext,
  validateTask,
  validateTaskInfo,
} from '../../../src/master/core/validation/index.js';
import { Resources } from '../../../src/resources/resources.js';
import { AGENT, AVAILABLE, EXECUTOR, EXECUTOR_TASK, expectOrder, expectTexts, executorId } from './fixtures.js';
import { FRAMEWORK, ranges, scalar, TASK, taskContext, taskId, volume, without } from './fixtures.js';

type Row = readonly [Partial<TaskInfo>, string];

const VARIABLE = { name: 'A' };
const BAD_COMMAND = { value: 'x', environment: { variables: [VARIABLE] } };
const VARIABLE_TEXT = "Environment variable 'A' of type 'VALUE' must have a value set";
const VOLUME = { mode: 'RW', containerPath: '/x' } as const;
const VOLUME_TEXT = "Invalid volume: Only one of them should be set: 'host_path', 'image' and 'source'";
const REVOCABLE: Partial<Resource> = { revocable: true };
const WEB: Partial<Resource> = { allocationInfo: { role: 'web' } };
const docker = { image: 'i', parameters: [{ key: 'name', value: 'x' }] };

/** Faults of a task with a command, in the order of the checks. */
const FAULTS: readonly Row[] = [
  [{ taskId: taskId('') }, 'ID must not be empty'],
  [{ taskId: taskId('a/b') }, "'a/b' contains invalid characters"],
  [{ taskId: taskId('running') }, 'Task has duplicate ID: running'],
  [{ taskId: taskId('far') }, 'Task reuses the ID of an unreachable task: far'],
  [{ agentId: 'M-S1' as AgentId }, 'Task uses invalid agent M-S1 while agent M-S0 is expected'],
  [{ killPolicy: { gracePeriodMs: -1 } }, "Task's 'kill_policy.grace_period' must be non-negative"],
  [{ maxCompletionTimeMs: -1 }, "Task's `max_completion_time` must be non-negative"],
  [{ check: {} }, "Task uses invalid check: CheckInfo must specify 'type'"],
  [{ healthCheck: {} }, "Task uses invalid health check: HealthCheck must specify 'type'"],
  [{ resources: [] }, 'Task uses no resources'],
  [
    { resources: [scalar('cpus', -1)] },
    "Task uses invalid resources: Invalid resources: Resource 'cpus:-1' is invalid: " +
      'Invalid scalar resource: value <= 0',
  ],
  [
    { resources: [scalar('gpus', 0.1)] },
    "Task uses invalid resources: Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer",
  ],
  [{ resources: [volume('v'), volume('v')] }, "Task uses duplicate persistence ID: Persistence ID 'v' is not unique"],
  [
    { resources: [scalar('cpus', 1), scalar('mem', 1, WEB)] },
    "Invalid task resources: The resources have multiple allocation roles ('web' and 'ads') " +
      'but only one allocation role is allowed',
  ],
  [
    { resources: [scalar('cpus', 1), scalar('cpus', 1, REVOCABLE)] },
    'Task mixes revocable and non-revocable resources: ' +
      "Cannot use both revocable and non-revocable 'cpus' at the same time",
  ],
  [{ command: BAD_COMMAND }, `Task's \`CommandInfo\` is invalid: ${VARIABLE_TEXT}`],
  [{ container: { type: 'MESOS', volumes: [VOLUME] } }, `Task's \`ContainerInfo\` is invalid: ${VOLUME_TEXT}`],
  [
    { container: { type: 'DOCKER' } },
    "Task's `ContainerInfo` is invalid: DockerInfo 'docker' is not set for DOCKER typed ContainerInfo",
  ],
  [
    { container: { type: 'DOCKER', docker } },
    "Task's `ContainerInfo` is invalid: Parameter in DockerInfo must not be 'name'",
  ],
  [{ limits: { disk: 1 } }, "Only cpus and mem may be included in a task's resource limits"],
  [{ limits: { cpus: 0.5 } }, 'The cpu limit must be greater than or equal to the cpu request'],
  [{ limits: { cpus: 2, mem: 64 } }, 'The memory limit must be greater than or equal to the memory request'],
  [
    { executor: EXECUTOR },
    'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present',
  ],
  [
    { container: { type: 'MESOS', linuxInfo: { shareCgroups: false } } },
    "Only tasks in a task group may have 'share_cgroups' set to 'false'",
  ],
];

const context = taskContext({
  hasTask: (id) => id === 'running',
  hasUnreachableTask: (id) => id === 'far',
});

function check(more: Partial<TaskInfo>, over: Partial<TaskContext> = {}, available = AVAILABLE): Refusal {
  return validateTask({ ...TASK, ...more }, { ...context, ...over }, available);
}

test('[B174] tasks are refused with these texts', () => {
  assert.equal(check({}), null);
  expectTexts((more: Partial<TaskInfo>) => check(more), FAULTS);
});

test('[B174] the first fault of a task is the one told', () => {
  expectOrder<TaskInfo>((more) => check(more), FAULTS);
});

test('[B174] what is left of the offers must hold the task', () => {
  const more = (cpus: string): string =>
    `Total resources ${cpus}; mem(allocated: ads):128 required by task and its executor is more than available ` +
    'cpus(allocated: ads):4; disk(allocated: ads):1000; mem(allocated: ads):4096';
  assert.equal(check({ resources: [scalar('cpus', 4), scalar('mem', 4096), scalar('disk', 1000)] }), null);
  assert.equal(check({ resources: [scalar('cpus', 4.001), scalar('mem', 128)] }), more('cpus(allocated: ads):4.001'));
  assert.equal(
    check({}, {}, Resources.EMPTY),
    'Total resources cpus(allocated: ads):1; mem(allocated: ads):128 required by task and its executor is more than ' +
      'available {}',
  );
  assert.equal(
    check({ resources: [scalar('cpus', 1, WEB)] }),
    'Total resources cpus(allocated: web):1 required by task and its executor is more than available ' +
      'cpus(allocated: ads):4; disk(allocated: ads):1000; mem(allocated: ads):4096',
  );
});

test('[B174] limits need an agent that can keep them, and a request', () => {
  const limits = { cpus: 1, mem: Infinity };
  assert.equal(check({ limits }), null);
  assert.equal(check({ limits: {} }, { taskResourceLimits: false }), null);
  assert.equal(
    check({ limits }, { taskResourceLimits: false }),
    'Agent is not capable of handling task resource limits',
  );
  assert.equal(
    check({ limits: { cpus: 1 }, resources: [scalar('mem', 1)] }),
    'When a CPU limit is specified, a CPU request must also be specified',
  );
  assert.equal(
    check({ limits: { mem: 1 }, resources: [scalar('cpus', 1)] }),
    'When a memory limit is specified, a memory request must also be specified',
  );
});

type ExecutorRow = readonly [Partial<ExecutorInfo>, string];
const nothing = without(EXECUTOR, 'command');

/** Faults of the executor of a task, in the order of the checks. */
const EXECUTOR_FAULTS: readonly ExecutorRow[] = [
  [{ type: 'DEFAULT' }, "'ExecutorInfo.command' must not be set for 'DEFAULT' executor"],
  [{ executorId: executorId('..') }, "'..' is disallowed"],
  [{ shutdownGracePeriodMs: -1 }, "ExecutorInfo's 'shutdown_grace_period' must be non-negative"],
  [{ command: BAD_COMMAND }, `Executor's \`CommandInfo\` is invalid: ${VARIABLE_TEXT}`],
  [{ container: { type: 'MESOS', volumes: [VOLUME] } }, `Executor's \`ContainerInfo\` is invalid: ${VOLUME_TEXT}`],
  [
    { frameworkId: 'M-0001' as FrameworkId },
    'ExecutorInfo has an invalid FrameworkID (Actual: M-0001 vs Expected: M-0000)',
  ],
  [
    { resources: [scalar('cpus', -1)] },
    "Executor uses invalid resources: Invalid resources: Resource 'cpus:-1' is invalid: " +
      'Invalid scalar resource: value <= 0',
  ],
  [
    { resources: [volume('v'), volume('v')] },
    "Executor uses duplicate persistence ID: Persistence ID 'v' is not unique",
  ],
  [
    { resources: [scalar('cpus', 1), scalar('mem', 1, WEB)] },
    "Invalid executor resources: The resources have multiple allocation roles ('web' and 'ads') " +
      'but only one allocation role is allowed',
  ],
  [
    { resources: [scalar('cpus', 1), scalar('cpus', 1, REVOCABLE)] },
    'Executor mixes revocable and non-revocable resources: ' +
      "Cannot use both revocable and non-revocable 'cpus' at the same time",
  ],
  [
    { resources: [volume('v', { shared: true })] },
    'Executor resources disk(allocated: ads)(reservations: [(DYNAMIC,ads,p)])[v:data]<SHARED>:64 ' +
      'should not contain any shared resources',
  ],
  [
    { container: { type: 'MESOS', linuxInfo: { shareCgroups: true } } },
    "The 'share_cgroups' field cannot be set to 'true' on executor containers",
  ],
];

function checkExecutor(more: Partial<ExecutorInfo>, over: Partial<TaskContext> = {}, available = AVAILABLE): Refusal {
  return validateTask({ ...EXECUTOR_TASK, executor: { ...EXECUTOR, ...more } }, { ...context, ...over }, available);
}

test('[B174] executors of tasks are refused with these texts', () => {
  assert.equal(checkExecutor({}), null);
  expectTexts((more: Partial<ExecutorInfo>) => checkExecutor(more), EXECUTOR_FAULTS);
  const of = (executor: ExecutorInfo): Refusal => validateTask({ ...EXECUTOR_TASK, executor }, context, AVAILABLE);
  expectTexts(of, [
    [nothing, "'ExecutorInfo.command' must be set for 'CUSTOM' executor"],
    [without(nothing, 'type'), "'ExecutorInfo.command' must be set"],
    [without(EXECUTOR, 'type'), null],
    [{ ...nothing, type: 'DEFAULT' }, "'ExecutorInfo.type' must be 'CUSTOM'"],
    [{ ...nothing, type: 'UNKNOWN' }, "'ExecutorInfo.type' must be 'CUSTOM'"],
    [
      { ...nothing, type: 'DEFAULT', container: { type: 'DOCKER', docker: { image: 'i' } } },
      "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor",
    ],
    [
      { ...nothing, type: 'DEFAULT', container: { type: 'MESOS', mesos: { image: { type: 'APPC' } } } },
      "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor",
    ],
    [without(EXECUTOR, 'frameworkId'), "'ExecutorInfo.framework_id' must be set"],
    [without(EXECUTOR, 'resources'), null],
  ]);
});

test('[B174] the first fault of an executor is the one told, after those of the task itself', () => {
  expectOrder<ExecutorInfo>((more) => checkExecutor(more), EXECUTOR_FAULTS);
  const task = { ...EXECUTOR_TASK, executor: { ...EXECUTOR, frameworkId: 'x' as FrameworkId } };
  const own = FAULTS.filter(([more]) => !('command' in more || 'executor' in more || more.container?.linuxInfo));
  expectTexts((more: Partial<TaskInfo>) => validateTask({ ...task, ...more }, context, AVAILABLE), own);
});

test('[B174] an executor that runs must be the same, and is not counted again', () => {
  const over = { executor: (id: string) => (id === 'worker' ? EXECUTOR : undefined) };
  const exact = Resources.fromScalars({ cpus: 1, mem: 128 });
  assert.equal(checkExecutor({}, over, exact), null);
  assert.equal(checkExecutor(structuredClone(EXECUTOR), over, exact), null);
  assert.match(checkExecutor({}, {}, exact) ?? '', /^Total resources cpus\(allocated: ads\):1.1; disk/);
  const text = checkExecutor({ name: 'other' }, over, exact) ?? '';
  assert.ok(text.startsWith('ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.\n---'));
  assert.match(text, /\n-{60}\nExisting ExecutorInfo:\n.*"executorId":"worker".*\n-{60}\nExecutorInfo:/);
  assert.match(text, /\n-{60}\nExecutorInfo:\n.*"name":"other".*\n-{60}\n$/);
});

test('[B174] a task and its executor together', () => {
  const together = (resources: Resource[], ofExecutor: Resource[]): Refusal =>
    validateTask({ ...EXECUTOR_TASK, resources, executor: { ...EXECUTOR, resources: ofExecutor } }, context, AVAILABLE);
  assert.equal(
    together([scalar('cpus', 1), ranges(1, 5)], [scalar('cpus', 1), ranges(5, 6)]),
    'There are overlapping resources in the task resources ' +
      '[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"allocation_info":{"role":"ads"}},' +
      '{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":1,"end":5}]},"allocation_info":{"role":"ads"}}]' +
      ' and executor resources ' +
      '[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"allocation_info":{"role":"ads"}},' +
      '{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":5,"end":6}]},"allocation_info":{"role":"ads"}}]',
  );
  assert.equal(
    together([volume('v')], [volume('v')]),
    "Task and its executor use duplicate persistence ID: Persistence ID 'v' is not unique",
  );
  assert.equal(
    together([scalar('cpus', 1)], [scalar('cpus', 1, REVOCABLE)]),
    'Task and its executor mix revocable and non-revocable resources: ' +
      "Cannot use both revocable and non-revocable 'cpus' at the same time",
  );
  assert.match(
    together([scalar('cpus', 9e12)], [scalar('cpus', 9e12)]) ?? '',
    /^Task and its executor use invalid resources: .*beyond/,
  );
});

test('[B174] a task is completed before it is checked', () => {
  assert.equal(completeTask(TASK, FRAMEWORK), TASK);
  assert.equal(completeTask(EXECUTOR_TASK, FRAMEWORK), EXECUTOR_TASK);
  const given = { ...EXECUTOR_TASK, executor: without(EXECUTOR, 'frameworkId') };
  assert.deepEqual(completeTask(given, FRAMEWORK), EXECUTOR_TASK);
  const typeOf = (healthCheck: HealthCheck): unknown =>
    completeTask({ ...TASK, healthCheck }, FRAMEWORK).healthCheck?.type;
  assert.equal(typeOf({ command: { value: 'x' } }), 'COMMAND');
  assert.equal(typeOf({ http: { port: 1 } }), 'HTTP');
  assert.equal(typeOf({ http: { port: 1 }, command: { value: 'x' } }), undefined);
  assert.equal(typeOf({ tcp: { port: 1 } }), undefined);
});

test('[B174] health checks and checks are refused with these texts', () => {
  const times = (name: string): string => `Expecting '${name}' to be non-negative`;
  const TCP: HealthCheck = { type: 'TCP', tcp: { port: 1 } };
  const COMMAND: HealthCheck = { type: 'COMMAND', command: { value: 'true' } };
  const health = (healthCheck: HealthCheck): Refusal =>
    validateTaskInfo({ ...TASK, healthCheck }, context)?.replace('Task uses invalid health check: ', '') ?? null;
  expectTexts(health, [
    [TCP, null],
    [COMMAND, null],
    [{ type: 'HTTP', http: { port: 1, path: '/x', scheme: 'https' } }, null],
    [{}, "HealthCheck must specify 'type'"],
    [{ type: 'UNKNOWN' }, "'UNKNOWN' is not a valid health check type"],
    [{ type: 'COMMAND' }, "Expecting 'command' to be set for COMMAND health check"],
    [{ type: 'HTTP' }, "Expecting 'http' to be set for HTTP health check"],
    [{ type: 'TCP' }, "Expecting 'tcp' to be set for TCP health check"],
    [{ type: 'COMMAND', command: {} }, "Command health check must contain 'shell command'"],
    [{ type: 'COMMAND', command: { shell: false } }, "Command health check must contain 'executable path'"],
    [{ type: 'COMMAND', command: BAD_COMMAND }, `Health check's \`CommandInfo\` is invalid: ${VARIABLE_TEXT}`],
    [{ type: 'HTTP', http: { port: 1, scheme: 'ftp' } }, "Unsupported HTTP health check scheme: 'ftp'"],
    [{ type: 'HTTP', http: { port: 1, path: 'x' } }, "The path 'x' of HTTP health check must start with '/'"],
    [{ ...TCP, delaySeconds: -1 }, times('delay_seconds')],
    [{ ...TCP, gracePeriodSeconds: -1 }, times('grace_period_seconds')],
    [{ ...COMMAND, intervalSeconds: -1 }, times('interval_seconds')],
    [{ ...TCP, timeoutSeconds: -1 }, times('timeout_seconds')],
    [{ ...TCP, timeoutSeconds: -1, gracePeriodSeconds: -1, delaySeconds: -1 }, times('delay_seconds')],
  ]);
  const checked = (info: CheckInfo): Refusal =>
    validateTaskInfo({ ...TASK, check: info }, context)?.replace('Task uses invalid check: ', '') ?? null;
  const http = { port: 1, path: '/x' };
  expectTexts(checked, [
    [{ type: 'TCP', tcp: { port: 1 } }, null],
    [{ type: 'HTTP', http }, null],
    [{ type: 'COMMAND', command: { command: { value: 'true' } } }, null],
    [{}, "CheckInfo must specify 'type'"],
    [{ type: 'UNKNOWN' }, "'UNKNOWN' is not a valid check type"],
    [{ type: 'COMMAND' }, "Expecting 'command' to be set for COMMAND check"],
    [{ type: 'HTTP' }, "Expecting 'http' to be set for HTTP check"],
    [{ type: 'TCP' }, "Expecting 'tcp' to be set for TCP check"],
    [{ type: 'COMMAND', command: { command: {} } }, "Command check must contain 'shell command'"],
    [{ type: 'COMMAND', command: { command: { shell: false } } }, "Command check must contain 'executable path'"],
    [
      { type: 'COMMAND', command: { command: BAD_COMMAND } },
      `Check's \`CommandInfo\` is invalid: ${VARIABLE_TEXT}`,
    ],
    [{ type: 'HTTP', http: { port: 1, path: 'x' } }, "The path 'x' of HTTP check must start with '/'"],
    [{ type: 'HTTP', http, delaySeconds: -1 }, times('delay_seconds')],
    [{ type: 'HTTP', http, intervalSeconds: -1 }, times('interval_seconds')],
    [{ type: 'HTTP', http, timeoutSeconds: -1 }, times('timeout_seconds')],
  ]);
});

const ID = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/).filter((id) => id !== 'running' && id !== 'far');
const AMOUNT = fc.integer({ min: 1, max: 2000 }).map((milli) => milli / 1000);

const VALID_TASK: fc.Arbitrary<TaskInfo> = fc
  .record(
    {
      name: fc.string(),
      taskId: ID.map(taskId),
      agentId: fc.constant(AGENT),
      resources: fc.tuple(AMOUNT, AMOUNT).map(([cpus, mem]) => [scalar('cpus', cpus), scalar('mem', mem)]),
      killPolicy: fc.record({ gracePeriodMs: fc.nat() }),
      maxCompletionTimeMs: fc.nat(),
      healthCheck: fc.constant<HealthCheck>({ type: 'TCP', tcp: { port: 80 } }),
      data: fc.uint8Array({ maxLength: 8 }),
    },
    { requiredKeys: ['name', 'taskId', 'agentId', 'resources'] },
  )
  .chain((task) =>
    fc.constantFrom<Partial<TaskInfo>>({ command: { value: 'true' } }, { executor: EXECUTOR }).map((more) => {
      return { ...task, ...more };
    }),
  );

test('[B174] any valid task passes, and with any one fault it is refused for it', () => {
  const faults = FAULTS.filter(([more]) => !('limits' in more || 'executor' in more || 'command' in more));
  fc.assert(
    fc.property(VALID_TASK, fc.constantFrom(...faults), (task, [fault, text]) => {
      assert.equal(validateTask(task, context, AVAILABLE), null);
      assert.equal(validateTask({ ...task, ...fault }, context, AVAILABLE), text);
    }),
    { numRuns: 300 },
  );
});
