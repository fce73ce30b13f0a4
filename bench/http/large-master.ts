/**
 * A master's core with many agents that came back with many tasks, as after a failover: the state that large reads are
 * measured on. Built by events, without anything around the core.
 */
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import type { MasterEffect, MasterEvent } from '../../src/master/core/events.js';
import { reduceMaster } from '../../src/master/core/reduce.js';
import { createMaster, type MasterState } from '../../src/master/core/state.js';
import type { AgentId, FrameworkId, TaskId } from '../../src/protocol/schema.js';
import type { TaskMessage } from '../../src/protocol/task.js';
import { resourcesToMessages } from '../../src/resources/message-form.js';
import { parseResources } from '../../src/resources/parse-text.js';

export const MASTER = '4f3a9c1e-7b6d-4e5f-8a90-1b2c3d4e5f60';
const START_MS = 1_700_000_000_000;
const CAPABILITIES = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'];

const TOTAL = resourcesToMessages(parseResources('cpus:32;mem:65536;disk:100000;ports:[31000-32000]'));
const USED = resourcesToMessages(parseResources('cpus:1;mem:128'), 'eng');

export interface LargeMasterOptions {
  readonly agents: number;
  readonly tasks: number;
  readonly frameworks: number;
  readonly engine: EngineFactory;
}

const frameworkIdOf = (i: number): FrameworkId => `${MASTER}-${String(i).padStart(4, '0')}` as FrameworkId;
const agentIdOf = (i: number): AgentId => `${MASTER}-S${i}` as AgentId;

function taskOf(i: number, agentId: AgentId, frameworkId: FrameworkId): TaskMessage {
  const taskId = `task-${i}` as TaskId;
  const uuid = Uint8Array.from({ length: 16 }, (_byte, at) => (i * 31 + at * 17) & 255);
  const source = 'SOURCE_EXECUTOR' as const;
  const status = (state: 'TASK_STARTING' | 'TASK_RUNNING', later: number) => {
    return { taskId, state, source, agentId, timestamp: START_MS / 1000 + i / 1000 + later };
  };
  return {
    name: `task ${i}`,
    taskId,
    frameworkId,
    agentId,
    state: 'TASK_RUNNING',
    resources: USED,
    statuses: [status('TASK_STARTING', 0), status('TASK_RUNNING', 1)],
    statusUpdateState: 'TASK_RUNNING',
    statusUpdateUuid: uuid,
  };
}

/** The core, its clock standing still at `START_MS`. */
export function largeMaster({ agents, tasks, frameworks, engine }: LargeMasterOptions): MasterState {
  const masterInfo = { id: MASTER, ip: 16777343, port: 5050, hostname: 'localhost', version: '1.11.0' };
  const state = createMaster({ masterInfo, startMs: START_MS, allocator: { engine } });
  const feed = (event: MasterEvent): void => {
    const effects: MasterEffect[] = [];
    reduceMaster(state, event, effects);
    for (const effect of effects) {
      if (effect.type !== 'StoreRegistry') continue;
      feed({ type: 'RegistryStored', at: START_MS, store: effect.store, ok: true });
    }
  };
  const infos = Array.from({ length: frameworks }, (_, i) => ({
    user: 'nobody',
    name: `framework ${i}`,
    id: frameworkIdOf(i),
    roles: ['eng'],
    capabilities: [{ type: 'MULTI_ROLE' }, { type: 'RESERVATION_REFINEMENT' }],
    failoverTimeoutSeconds: 3600,
  }));
  for (let i = 0; i < agents; i++) {
    const id = agentIdOf(i);
    const own: TaskMessage[] = [];
    for (let task = i; task < tasks; task += agents) own.push(taskOf(task, id, frameworkIdOf(task % frameworks)));
    const link = i + 1;
    feed({ type: 'LinkOpened', at: START_MS, link, remote: `10.0.${i >> 8}.${i & 255}:5051` });
    const agentInfo = { id, hostname: `agent${i}.example.org`, port: 5051, resources: TOTAL };
    const call = { type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: CAPABILITIES } as const;
    const message = { ...call, capabilities: [...CAPABILITIES], tasks: own, frameworks: infos };
    feed({ type: 'MessageReceived', at: START_MS, link, message });
  }
  return state;
}
