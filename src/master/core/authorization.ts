/**
 * What frameworks, agents and operators need leave for, in terms of the ACLs, and what they are told if they have none.
 * Facts: `ActionObject` and its users in Mesos' master. Without ACLs each check is one comparison.
 */
import type { Action } from '../../authorizer/actions.js';
import type { Subject } from '../../authorizer/authorizer.js';
import { type Reservation, type Resource, resource as resourceSchema } from '../../protocol/common.js';
import type { AgentInfo, FrameworkInfo } from '../../protocol/framework.js';
import type { OperationMessage } from '../../protocol/offer.js';
import type { TaskInfo } from '../../protocol/task.js';
import { printV1Json } from '../../protocol/v1-json.js';
import type { Framework, LinkRecord, MasterState } from './state.js';
import { frameworkRoles } from './validation/index.js';
import { printResourceList, reservationsOf } from './validation/print-resources.js';
import { printSet, type Refusal } from './validation/refusal.js';

/** One thing that must be allowed; no object: nothing in particular. */
export interface Need {
  readonly action: Action;
  readonly object?: string;
  /** What texts show. */
  readonly resource?: Resource;
}

/** The user that a task runs as. */
export function userOfTask({ command, executor }: TaskInfo, frameworkInfo: FrameworkInfo): string {
  return command?.user ?? executor?.command?.user ?? frameworkInfo.user;
}

/** Why a framework may not run a task; the words are Mesos'. */
export function launchRefusal({ authorizer }: MasterState, framework: Framework, task: TaskInfo): Refusal {
  if (authorizer === null) return null;
  const { info } = framework;
  const user = userOfTask(task, info);
  if (authorizer.approves(info.principal ?? null, 'RUN_TASK', user)) return null;
  return `Principal '${info.principal ?? ''}' no authorized to ${launchText(framework, task, user)}`;
}

/** Why a framework may not run a group of tasks: the last task counts, and a space is missing, as in Mesos. */
export function groupRefusal({ authorizer }: MasterState, framework: Framework, tasks: readonly TaskInfo[]): Refusal {
  if (authorizer === null) return null;
  const { info } = framework;
  let refusal: Refusal = null;
  for (const task of tasks) {
    const user = userOfTask(task, info);
    if (authorizer.approves(info.principal ?? null, 'RUN_TASK', user)) continue;
    refusal = `Task '${task.taskId}' is not authorized to${launchText(framework, task, user)}`;
  }
  return refusal;
}

function launchText(framework: Framework, { taskId }: TaskInfo, user: string): string {
  return `launch task ${taskId} of framework ${framework.id} under user '${user}'`;
}

/** Why a framework may not be in its roles. */
export function registrationRefusal({ authorizer }: MasterState, info: FrameworkInfo): Refusal {
  if (authorizer === null) return null;
  const roles = [...frameworkRoles(info)].sort();
  const subject = info.principal ?? null;
  const isAllowed =
    roles.length === 0
      ? authorizer.approves(subject, 'REGISTER_FRAMEWORK', '')
      : roles.every((role) => authorizer.approves(subject, 'REGISTER_FRAMEWORK', role));
  return isAllowed ? null : `Not authorized to register framework ${info.id ?? ''} with roles ${printSet(roles)}`;
}

/** Why a framework is not who it says it is. What it may leave out is who it is. */
export function identityRefusal({ settings }: MasterState, link: LinkRecord, info: FrameworkInfo): Refusal {
  const { principal, isAuthenticated } = link;
  if (settings.authenticateFrameworks && !isAuthenticated) return `Framework at ${link.remote} is not authenticated`;
  if (principal === null || info.principal === undefined || info.principal === principal) return null;
  return `Framework principal '${info.principal}' does not match authenticated principal '${principal}'`;
}

/** Why an agent may not be one of the cluster. Roles that its resources are reserved for need leave, too. */
export function agentAccessRefusal(
  { authorizer, settings }: MasterState,
  { principal, isAuthenticated }: LinkRecord,
  { resources = [] }: AgentInfo,
  verb: 'register' | 'reregister',
): Refusal {
  if (settings.authenticateAgents && !isAuthenticated) return 'the agent is not authenticated';
  if (authorizer === null) return null;
  const needs: Need[] = [{ action: 'REGISTER_AGENT' }];
  if (resources.some((item) => topOf(item) !== undefined)) needs.push(...reserveNeeds(resources));
  if (needs.every(({ action, object }) => authorizer.approves(principal, action, object))) return null;
  const by = principal === null ? 'without a principal' : `with principal '${principal}'`;
  return `Not authorized to ${verb} agent providing resources '${printResourceList(resources)}' ${by}`;
}

/** Why a framework may not carry out an operation on resources. */
export function operationRefusal(
  { authorizer }: MasterState,
  { info: { principal } }: Framework,
  operation: OperationMessage,
): Refusal {
  if (authorizer === null) return null;
  const refused = needsOf(operation).find(({ action, object }) => !isApproved(authorizer, principal, action, object));
  return refused === undefined ? null : `Principal '${principal ?? ''}' no authorized to ${printNeed(refused)}`;
}

function isApproved(
  authorizer: NonNullable<MasterState['authorizer']>,
  principal: string | undefined,
  action: Action,
  object: string | undefined,
): boolean {
  const subject: Subject = principal ?? null;
  return authorizer.approves(subject, action, object);
}

function printNeed({ action, object, resource }: Need): string {
  if (object === undefined) return `perform action ${action} on ANY object`;
  const about = resource === undefined ? '' : `,"resource":${printV1Json(resourceSchema, resource)}`;
  return `perform action ${action} on object {"value":${JSON.stringify(object)}${about}}`;
}

/** What an operation on resources needs leave for. */
export function needsOf(operation: OperationMessage): Need[] {
  const { type, reserve, unreserve, create, destroy, growVolume, shrinkVolume } = operation;
  switch (type) {
    case 'RESERVE':
      return reserve === undefined ? [] : needsOfReserve(reserve.resources, reserve.source ?? []);
    case 'UNRESERVE':
      return unreserveNeeds(unreserve?.resources ?? [], topOf);
    case 'CREATE':
      return byRole('CREATE_VOLUME', create?.volumes ?? []);
    case 'DESTROY':
      return destroyNeeds(destroy?.volumes ?? []);
    case 'GROW_VOLUME':
      return growVolume === undefined ? [] : byRole('RESIZE_VOLUME', [growVolume.volume]);
    case 'SHRINK_VOLUME':
      return shrinkVolume === undefined ? [] : byRole('RESIZE_VOLUME', [shrinkVolume.volume]);
    default:
      return [];
  }
}

function topOf(resource: Resource): Reservation | undefined {
  return reservationsOf(resource).at(-1);
}

/** One need for each role. */
function byRole(action: Action, resources: readonly Resource[], roleOf = reservedRole): Need[] {
  const needs = new Map<string, Need>();
  for (const resource of resources) {
    const object = roleOf(resource);
    if (!needs.has(object)) needs.set(object, { action, object, resource });
  }
  return needs.size === 0 ? [{ action }] : [...needs.values()];
}

function reservedRole(resource: Resource): string {
  return topOf(resource)?.role ?? '*';
}

function reserveNeeds(resources: readonly Resource[]): Need[] {
  return byRole('RESERVE_RESOURCES', resources);
}

/** With a source, what is reserved anew is first what all have in common, then what the target has beyond that. */
function needsOfReserve(resources: readonly Resource[], source: readonly Resource[]): Need[] {
  const [first] = source;
  const [target] = resources;
  if (first === undefined || target === undefined) return reserveNeeds(resources);
  const from = reservationsOf(first);
  const to = reservationsOf(target);
  let common = 0;
  while (common < from.length && JSON.stringify(from[common]) === JSON.stringify(to[common])) common++;
  const needs: Need[] = [];
  for (let level = from.length - 1; level >= common; level--) {
    needs.push(...unreserveNeeds(source, (resource) => reservationsOf(resource)[level]));
  }
  for (const { role } of to.slice(common)) {
    needs.push({ action: 'RESERVE_RESOURCES', object: role, resource: target });
  }
  return needs;
}

/** Whoever made a reservation is what matters; of those that nobody signed there is one for all. */
function unreserveNeeds(
  resources: readonly Resource[],
  reservationOf: (resource: Resource) => Reservation | undefined,
): Need[] {
  const needs: Need[] = [];
  let isUnsigned = false;
  for (const resource of resources) {
    const object = reservationOf(resource)?.principal;
    if (object === undefined) isUnsigned = true;
    else needs.push({ action: 'UNRESERVE_RESOURCES', object, resource });
  }
  return isUnsigned ? [...needs, { action: 'UNRESERVE_RESOURCES' }] : needs;
}

function destroyNeeds(volumes: readonly Resource[]): Need[] {
  const persistent = volumes.filter(({ disk }) => disk?.persistence !== undefined);
  if (persistent.length === 0) return [{ action: 'DESTROY_VOLUME' }];
  return persistent.map((resource) => {
    return { action: 'DESTROY_VOLUME', object: resource.disk?.persistence?.principal ?? '', resource };
  });
}
