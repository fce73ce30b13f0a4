/**
 * What somebody may see of the master: frameworks, tasks and executors by the users they run as, resources by the roles
 * they are reserved for, and how the master was started. null stands for everything, so that views cost nothing more
 * where there are no ACLs. Facts: `ObjectApprovers` in Mesos' read-only handlers and in its subscribers.
 */
import type { Authorizer, Subject } from '../../../authorizer/authorizer.js';
import type { Resource } from '../../../protocol/common.js';
import type { FrameworkInfo } from '../../../protocol/framework.js';
import type { OperatorEvent } from '../../../protocol/operator.js';
import type { OperatorAgent, OperatorFramework } from '../../../protocol/operator-shapes.js';
import type { Executor, Framework, MasterState, Task } from '../state.js';

export interface Sight {
  frameworkInfo(info: Pick<FrameworkInfo, 'user'>): boolean;
  framework(framework: Framework): boolean;
  task(task: Task): boolean;
  executor(executor: Executor): boolean;
  role(role: string): boolean;
  readonly flags: boolean;
}

export type Seen = Sight | null;

export function sightOf(authorizer: Authorizer | null, subject: Subject): Seen {
  if (authorizer === null) return null;
  const { approves } = authorizer;
  return {
    frameworkInfo: ({ user }) => approves(subject, 'VIEW_FRAMEWORK', user),
    framework: ({ info }) => approves(subject, 'VIEW_FRAMEWORK', info.user),
    task: ({ user, framework }) => approves(subject, 'VIEW_TASK', user ?? framework.info.user),
    executor: ({ info, framework }) =>
      approves(subject, 'VIEW_EXECUTOR', info.command?.user ?? framework.info.user),
    role: (role) => approves(subject, 'VIEW_ROLE', role),
    flags: approves(subject, 'VIEW_FLAGS'),
  };
}

/** Those of a kind that may be seen. */
export function seenOf<T>(seen: Seen, kind: 'framework' | 'task' | 'executor', items: Iterable<T>): T[] {
  if (seen === null) return [...items];
  const sight = seen as unknown as Readonly<Record<typeof kind, (item: T) => boolean>>;
  return [...items].filter((item) => sight[kind](item));
}

function seesResource(sight: Sight, { reservations, role = '*' }: Resource): boolean {
  const reservedRole = reservations?.at(-1)?.role ?? role;
  return reservedRole === '*' || sight.role(reservedRole);
}

/** Resources that are reserved for nobody or for roles that may be seen. */
export function seenResources(seen: Seen, resources: readonly Resource[]): Resource[] {
  return seen === null ? [...resources] : resources.filter((resource) => seesResource(seen, resource));
}

/** An agent without what is reserved for roles that may not be seen. */
export function seenAgent(seen: Seen, agent: OperatorAgent): OperatorAgent {
  if (seen === null) return agent;
  const { agentInfo, totalResources = [], allocatedResources = [], offeredResources = [] } = agent;
  return {
    ...agent,
    agentInfo: { ...agentInfo, resources: seenResources(seen, agentInfo.resources ?? []) },
    totalResources: seenResources(seen, totalResources),
    allocatedResources: seenResources(seen, allocatedResources),
    offeredResources: seenResources(seen, offeredResources),
  };
}

export function seenFramework(seen: Seen, framework: OperatorFramework): OperatorFramework {
  if (seen === null) return framework;
  const { allocatedResources = [], offeredResources = [] } = framework;
  return {
    ...framework,
    allocatedResources: seenResources(seen, allocatedResources),
    offeredResources: seenResources(seen, offeredResources),
  };
}

/** A change as somebody may see it; null: not at all. */
export function seenEvent(state: MasterState, sight: Sight, event: OperatorEvent): OperatorEvent | null {
  switch (event.type) {
    case 'TASK_ADDED':
      return seesTask(state, sight, event.body.task.frameworkId, event.body.task.taskId) ? event : null;
    case 'TASK_UPDATED':
      return seesTask(state, sight, event.body.frameworkId, event.body.status.taskId) ? event : null;
    case 'FRAMEWORK_ADDED':
    case 'FRAMEWORK_UPDATED':
      return sight.frameworkInfo(event.body.framework.frameworkInfo) ? event : null;
    case 'FRAMEWORK_REMOVED':
      return sight.frameworkInfo(event.body.frameworkInfo) ? event : null;
    case 'AGENT_ADDED':
      return { ...event, body: { ...event.body, agent: seenAgent(sight, event.body.agent) } };
    default:
      return event;
  }
}

function seesTask(state: MasterState, sight: Sight, frameworkId: Framework['id'], id: Task['id']): boolean {
  const framework = state.frameworks.get(frameworkId) ?? state.completedFrameworks.get(frameworkId);
  if (framework === undefined || !sight.framework(framework)) return false;
  const task = framework.tasks.get(id) ?? framework.unreachableTasks.get(id);
  if (task !== undefined) return sight.task(task);
  return framework.completedTasks.toArray().some((ended) => ended.id === id && sight.task(ended));
}
