/** Agents that register or come back: each fault with its text, and of any two the first. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { MessageOf } from '../../../src/protocol/messages.js';
import type { AgentId, ExecutorId, FrameworkId } from '../../../src/protocol/schema.js';
import type { TaskMessage } from '../../../src/protocol/task.js';
import { validateRegisterAgent, validateReregisterAgent } from '../../../src/master/core/validation/index.js';
import { AGENT, EXECUTOR, expectOrder, expectTexts, FRAMEWORK, frameworkInfo, scalar, taskId } from './fixtures.js';

type Register = MessageOf<'REGISTER_AGENT'>;
type Reregister = MessageOf<'REREGISTER_AGENT'>;

const BAD = [scalar('cpus', -1)];
const BAD_TEXT = "Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0";
const agentInfo = { hostname: 'h', id: AGENT, resources: [scalar('cpus', 1)] };
const framework = frameworkInfo({ id: FRAMEWORK });
const run = { executorInfo: EXECUTOR, frameworkId: FRAMEWORK };
const running: TaskMessage = {
  name: 't',
  taskId: taskId('t'),
  frameworkId: FRAMEWORK,
  agentId: AGENT,
  executorId: EXECUTOR.executorId,
  state: 'TASK_RUNNING',
};
const stranger = 'M-0009' as FrameworkId;

test('[B28] agents that register are refused with these texts', () => {
  const register = (more: Partial<Register>): string | null =>
    validateRegisterAgent({ type: 'REGISTER_AGENT', agentInfo, version: '1.11.0', ...more });
  expectTexts(register, [
    [{}, null],
    [{ checkpointedResources: [scalar('cpus', 1)] }, null],
    [{ agentInfo: { hostname: 'h' } }, null],
    [{ agentInfo: { ...agentInfo, id: 'a/b' as AgentId } }, "'a/b' contains invalid characters"],
    [{ agentInfo: { ...agentInfo, resources: BAD } }, BAD_TEXT],
    [{ checkpointedResources: BAD }, BAD_TEXT],
  ]);
  const message: Register = { type: 'REGISTER_AGENT', agentInfo, version: '1', checkpointedResources: BAD };
  const disabled = 'Checkpointed resources provided when checkpointing is not enabled';
  assert.equal(validateRegisterAgent(message, false), disabled);
});

const tasks = (more: Partial<TaskMessage>): Partial<Reregister> => ({ tasks: [{ ...running, ...more }] });

const FAULTS: readonly (readonly [Partial<Reregister>, string])[] = [
  [{ agentInfo: { ...agentInfo, resources: BAD } }, BAD_TEXT],
  [{ checkpointedResources: BAD }, BAD_TEXT],
  [
    { frameworks: [{ ...framework, role: '' }] },
    "'FrameworkInfo.role' is not a valid role: Role names cannot be the empty string",
  ],
  [{ frameworks: [framework, framework] }, "Framework has a duplicate FrameworkID: 'M-0000'"],
  [
    { executors: [{ ...run, executorInfo: { ...EXECUTOR, shutdownGracePeriodMs: -1 } }] },
    "ExecutorInfo's 'shutdown_grace_period' must be non-negative",
  ],
  [{ executors: [{ ...run, executorInfo: { ...EXECUTOR, resources: BAD } }] }, BAD_TEXT],
  [{ executors: [{ ...run, frameworkId: stranger }] }, "Executor has an invalid FrameworkID 'M-0009'"],
  [{ executors: [run, run] }, "Framework 'M-0000' has a duplicate ExecutorID 'worker'"],
  [tasks({ taskId: taskId('') }), 'Task has an invalid TaskID: ID must not be empty'],
  [tasks({ agentId: 'M-S9' as AgentId }), "Task has an invalid SlaveID 'M-S9'"],
  [tasks({ frameworkId: stranger }), "Task has an invalid FrameworkID 'M-0009'"],
  [tasks({ executorId: 'gone' as ExecutorId }), "Task has an invalid ExecutorID 'gone'"],
  [tasks({ resources: BAD }), `Task uses invalid resources: ${BAD_TEXT}`],
];

function reregister(more: Partial<Reregister>): string | null {
  const known = { frameworks: [framework], executors: [run], tasks: [running] };
  return validateReregisterAgent({ type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0', ...known, ...more });
}

test('[B29] agents that come back are refused with these texts', () => {
  expectTexts(reregister, [
    [{}, null],
    [{ frameworks: [], executors: [], tasks: [] }, null],
    [tasks({ executorId: 'gone' as ExecutorId, state: 'TASK_FINISHED' }), null],
    ...FAULTS,
  ]);
});

test('[B29] the first fault of an agent that comes back is the one told', () => {
  expectOrder<Reregister>(reregister, FAULTS);
});
