/** Messages in one line, for outputs of scenarios: the type and what matters in it. */
import type { Message, MessageOf, MessageType } from '../protocol/messages.js';
import type { OfferMessage } from '../protocol/offer.js';
import type { TaskInfo, TaskStatus } from '../protocol/task.js';
import { type Names, printMessageResources } from './names.js';

type Summaries = { readonly [K in MessageType]?: (message: MessageOf<K>, names: Names) => string };

function list(items: readonly string[] | undefined): string {
  return items === undefined || items.length === 0 ? '-' : items.join(' ');
}

function offer(of: OfferMessage, names: Names): string {
  const role = of.allocationInfo?.role ?? '*';
  const parts = [names.offer(of.id), names.agent(of.agentId), printMessageResources(of.resources)];
  return `[${parts.join(' ')}${role === '*' ? '' : ` for ${role}`}]`;
}

function status(of: TaskStatus): string {
  const source = (of.source ?? '?').replace('SOURCE_', '').toLowerCase();
  const parts: string[] = [of.taskId, of.state, `by ${source}`];
  if (of.reason !== undefined) parts.push(of.reason);
  if (of.message !== undefined) parts.push(JSON.stringify(of.message));
  if (of.uuid === undefined) parts.push('(no uuid)');
  return parts.join(' ');
}

function task(of: TaskInfo): string {
  const executor = of.executor === undefined ? '' : ` executor ${of.executor.executorId}`;
  return `${of.taskId} ${printMessageResources(of.resources)}${executor}`;
}

function refuse(filters: { refuseSeconds?: number | undefined } | undefined): string {
  return filters?.refuseSeconds === undefined ? '' : ` refuse ${filters.refuseSeconds}s`;
}

const SUMMARIES: Summaries = {
  SUBSCRIBE: (m, names) => (m.frameworkId === undefined ? 'new' : `as ${names.framework(m.frameworkId)}`),
  SUBSCRIBED: (m, names) => `as ${names.framework(m.frameworkId)}`,
  ACCEPT: (m, names) => {
    const tasks = (m.operations ?? []).flatMap((o) => o.launch?.taskInfos ?? o.launchGroup?.taskGroup.tasks ?? []);
    const offers = list(m.offerIds.map((id) => names.offer(id)));
    return `${offers} launching ${list(tasks.map((t) => t.taskId))}${refuse(m.filters)}`;
  },
  DECLINE: (m, names) => list(m.offerIds.map((id) => names.offer(id))) + refuse(m.filters),
  REVIVE: (m) => list(m.roles),
  SUPPRESS: (m) => list(m.roles),
  KILL: (m) => m.taskId,
  SHUTDOWN: (m, names) => `${m.executorId} on ${names.agent(m.agentId)}`,
  ACKNOWLEDGE: (m) => m.taskId,
  RECONCILE: (m) => (m.tasks === undefined || m.tasks.length === 0 ? 'all' : list(m.tasks.map((t) => t.taskId))),
  OFFERS: (m, names) => list(m.offers.map((o) => offer(o, names))),
  RESCIND: (m, names) => names.offer(m.offerId),
  UPDATE: (m) => status(m.status),
  FAILURE: (m, names) =>
    m.executorId === undefined
      ? `agent ${names.agent(m.agentId)}`
      : `executor ${m.executorId} on ${names.agent(m.agentId)} status ${m.status ?? '-'}`,
  ERROR: (m) => JSON.stringify(m.message),
  REGISTER_AGENT: (m) => printMessageResources(m.agentInfo.resources),
  REREGISTER_AGENT: (m, names) => {
    const tasks = (m.tasks ?? []).map((t) => `${t.taskId}:${t.state}`);
    return `${names.agent(m.agentInfo.id)} with ${list(tasks)}`;
  },
  STATUS_UPDATE: (m) => status(m.update.status),
  EXITED_EXECUTOR: (m) => `${m.executorId} status ${m.status}`,
  AGENT_REGISTERED: (m, names) => `as ${names.agent(m.agentId)}`,
  AGENT_REREGISTERED: (m, names) => `as ${names.agent(m.agentId)}`,
  RUN_TASK: (m) => task(m.task),
  KILL_TASK: (m) => m.taskId,
  SHUTDOWN_EXECUTOR: (m) => m.executorId,
  SHUTDOWN_FRAMEWORK: (m, names) => names.framework(m.frameworkId),
  SHUTDOWN_AGENT: (m) => JSON.stringify(m.message),
  UPDATE_FRAMEWORK_INFO: (m, names) => names.framework(m.frameworkInfo.id),
  STATUS_UPDATE_ACKNOWLEDGEMENT: (m) => m.taskId,
  EXECUTOR_SUBSCRIBE: (m) => m.executorId,
  EXECUTOR_UPDATE: (m) => status(m.status),
  LAUNCH: (m) => task(m.task),
  EXECUTOR_KILL: (m) => m.taskId,
  ACKNOWLEDGED: (m) => m.taskId,
};

/** One line. */
export function summarize(message: Message, names: Names): string {
  const summary = SUMMARIES[message.type] as ((message: Message, names: Names) => string) | undefined;
  const text = summary?.(message, names) ?? '';
  return text === '' || text === '-' ? message.type : `${message.type} ${text}`;
}
