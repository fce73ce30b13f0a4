/**
 * Agents, frameworks, executors and tasks as the operator API describes them. Resources of agents and roles are in the
 * form of Mesos' endpoints, which has the old fields of a reservation beside the new ones.
 */
import type { Resource } from '../../protocol/common.js';
import type { OperatorAgent, OperatorExecutor, OperatorFramework } from '../../protocol/operator-shapes.js';
import type { TaskMessage } from '../../protocol/task.js';
import { resourcesToMessages } from '../../resources/message-form.js';
import type { Resources } from '../../resources/resources.js';
import { offerMessage, urlOf } from './offers.js';
import type { Agent, Executor, Framework, MasterState, Task } from './state.js';
import { offeredOf, usedOf, usedOnAgent } from './usage.js';

/** Resources with the old fields: `role`, and `reservation` for a dynamic one. */
export function endpointForm(resources: Resources): Resource[] {
  return resourcesToMessages(resources).map((resource) => {
    const { reservations = [] } = resource;
    const [only] = reservations;
    if (only === undefined) return { ...resource, role: '*' };
    if (reservations.length > 1) return resource;
    const { type, role, principal, labels } = only;
    if (type === 'STATIC') return { ...resource, role };
    const by = principal === undefined ? {} : { principal };
    return { ...resource, role, reservation: labels === undefined ? by : { ...by, labels } };
  });
}

export function pidOf(agent: Agent): string {
  return `slave(1)@${agent.ip}:${agent.info.port ?? 5051}`;
}

/** An agent as texts of Mesos call it. */
export function nameOf(agent: Agent): string {
  return `${agent.id} at ${pidOf(agent)} (${agent.info.hostname})`;
}

export function describeTask(task: Task): TaskMessage {
  const { labels, discovery, container, healthCheck, killPolicy, limits } = task.extras;
  return {
    name: task.name,
    taskId: task.id,
    frameworkId: task.framework.id,
    ...(task.executorId === null ? {} : { executorId: task.executorId }),
    agentId: task.agentId,
    state: task.state,
    resources: resourcesToMessages(task.resources, task.role),
    statuses: task.statuses.slice(),
    ...(task.updateState === null ? {} : { statusUpdateState: task.updateState }),
    ...(task.updateUuid === null ? {} : { statusUpdateUuid: uuidOf(task.updateUuid) }),
    ...(labels === undefined ? {} : { labels }),
    ...(discovery === undefined ? {} : { discovery }),
    ...(container === undefined ? {} : { container }),
    ...(healthCheck === undefined ? {} : { healthCheck }),
    ...(killPolicy === undefined ? {} : { killPolicy }),
    ...(task.user === undefined ? {} : { user: task.user }),
    ...(limits === undefined ? {} : { limits }),
  };
}

/** The bytes of a uuid that is kept as four words. */
function uuidOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setInt32(4 * i, word, true));
  return bytes;
}

export function describeExecutor({ info, agent }: Executor): OperatorExecutor {
  return { executorInfo: info, agentId: agent.id };
}

export function describeFramework(framework: Framework): OperatorFramework {
  const { info, unregisteredMs, registeredMs, reregisteredMs } = framework;
  return {
    frameworkInfo: info,
    active: framework.active,
    connected: framework.link !== null,
    recovered: framework.recovered,
    registeredMs,
    ...(reregisteredMs === registeredMs ? {} : { reregisteredMs }),
    ...(unregisteredMs === null ? {} : { unregisteredMs }),
  };
}

/** A framework with what it holds and is offered, which events do not tell. */
export function describeFrameworkFully(framework: Framework): OperatorFramework {
  const inverseOffers = [...framework.inverseOffers].map(({ id, frameworkId, agentId, agent, unavailability }) => {
    return { id, url: urlOf(agent), frameworkId, agentId, unavailability };
  });
  return {
    ...describeFramework(framework),
    offers: [...framework.offers].map(offerMessage),
    inverseOffers,
    allocatedResources: endpointForm(usedOf(framework)),
    offeredResources: endpointForm(offeredOf(framework)),
    ...(framework.offerConstraints === null ? {} : { offerConstraints: framework.offerConstraints }),
  };
}

export function describeAgent(state: MasterState, agent: Agent): OperatorAgent {
  const draining = state.draining.get(agent.id);
  const startedMs = draining?.startedMs ?? null;
  return {
    agentInfo: agent.info,
    active: agent.active,
    deactivated: state.deactivatedAgents.has(agent.id),
    version: agent.version,
    pid: pidOf(agent),
    registeredMs: agent.registeredMs,
    ...(agent.reregisteredMs === null ? {} : { reregisteredMs: agent.reregisteredMs }),
    totalResources: endpointForm(agent.total),
    allocatedResources: endpointForm(usedOnAgent(agent)),
    offeredResources: endpointForm(offeredOf(agent)),
    capabilities: [...agent.capabilities].map((type) => ({ type })),
    ...(draining === undefined ? {} : { drainInfo: draining.info }),
    ...(startedMs === null ? {} : { estimatedDrainStartMs: startedMs }),
  };
}
