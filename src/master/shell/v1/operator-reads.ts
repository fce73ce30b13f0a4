/**
 * Reads of the operator API: what is small as a whole, what may be large in pieces. Roles that a principal may not view
 * are left out.
 */
import type { VirtualFiles } from '../../../http/virtual-files.js';
import type { OperatorResponseBody, OperatorResponseType } from '../../../protocol/operator.js';
import { printResponseV1 } from '../../../protocol/operator-json.js';
import type { OperatorRequest } from '../../../protocol/operator-json.js';
import { type ClusterStatus, type MaintenanceSchedule, role as roleSchema } from '../../../protocol/operator-shapes.js';
import type { QuotaEntry } from '../../../protocol/registry.js';
import type { Resource } from '../../../protocol/common.js';
import { printV1Json } from '../../../protocol/v1-json.js';
import type { FrameworkId } from '../../../protocol/schema.js';
import { MESOS_VERSION } from '../../../protocol/mesos-version.js';
import type { LoggingLevel } from '../../../telemetry/logging-level.js';
import { endpointForm } from '../../core/describe.js';
import { knownRoles } from '../../core/roles.js';
import type { MasterState } from '../../core/state.js';
import * as views from '../../core/views/index.js';
import type { Access } from '../../../http/access.js';

export interface ReadContext {
  readonly state: MasterState;
  readonly access: Access;
  readonly figures: () => Readonly<Record<string, number>>;
  readonly files: VirtualFiles;
  readonly level: LoggingLevel;
}

type Pieces = Iterable<string>;
type Read = (context: ReadContext, principal: string | null, request: OperatorRequest) => Pieces | Promise<Pieces>;

function* within(type: OperatorResponseType, pieces: Pieces): Generator<string> {
  yield `{"type":"${type}","${type.toLowerCase()}":`;
  yield* pieces;
  yield '}';
}

type QuotaStatus = OperatorResponseBody<'GET_QUOTA'>['status'];

/** The old form of a quota. */
function infoOf({ role: name, guarantees = {} }: QuotaEntry): { role: string; guarantee: Resource[] } {
  const guarantee = Object.entries(guarantees).map(([kind, scalar]) => {
    return { name: kind, type: 'SCALAR' as const, scalar };
  });
  return { role: name, guarantee };
}

/** Quotas, as GET_QUOTA and /quota show them. */
export function quotaStatusOf({ state, access }: ReadContext, principal: string | null): QuotaStatus {
  const seen = [...state.quotas.values()].filter(({ role }) => access.approves(principal, 'GET_QUOTA', role));
  return { infos: seen.map(infoOf), configs: seen };
}

/** Weights, as GET_WEIGHTS and /weights show them. */
export function weightsOf(
  { state, access }: ReadContext,
  principal: string | null,
): { role: string; weight: number }[] {
  const all = [...state.weights].map(([role, weight]) => ({ weight, role }));
  return all.filter(({ role }) => access.approves(principal, 'VIEW_ROLE', role));
}

/** The maintenance schedule; empty for those who may not know it. */
export function scheduleOf({ state, access }: ReadContext, principal: string | null): MaintenanceSchedule {
  return access.approves(principal, 'GET_MAINTENANCE_SCHEDULE') ? state.maintenance.schedule : {};
}

/** The state of machines; empty for those who may not know it. */
export function statusOf({ state, access }: ReadContext, principal: string | null): ClusterStatus {
  return access.approves(principal, 'GET_MAINTENANCE_STATUS') 
    ? views.viewClusterStatus(state)
    : { downMachines: [], drainingMachines: [] };
}

function printRoles({ state, access }: ReadContext, principal: string | null): Pieces {
  const names = knownRoles(state).filter((name) => access.approves(principal, 'VIEW_ROLE', name));
  if (names.length === 0) return ['{}'];
  const print = (name: string): string => {
    const { weight } = state.allocator.role(name);
    const frameworks: FrameworkId[] = [];
    for (const framework of state.frameworks.values()) if (framework.roles.has(name)) frameworks.push(framework.id);
    const resources = endpointForm(views.heldInRole(state, name));
    return printV1Json(roleSchema, { name, weight, frameworks, resources });
  };
  return views.printWithLists(() => '{}', { roles: views.printItems(names, print) });
}

type LargeRead = (
  state: MasterState,
  seen: views.Seen,
) => views.ViewMessage | Readonly<Record<string, views.ViewMessage>>;

/** Reads that are lists of things, as large as the cluster. */
const LARGE_READS: Readonly<Partial<Record<OperatorRequest['type'], LargeRead>>> = {
  GET_STATE: views.viewStateMessages,
  GET_AGENTS: views.viewAgentLists,
  GET_FRAMEWORKS: views.viewFrameworkLists,
  GET_EXECUTORS: views.viewExecutorLists,
  GET_TASKS: views.viewTaskLists,
};

/** What a large read shows, by the type of its response; null for other calls. */
export function largeReadOf(
  { state, access }: ReadContext,
  { type }: OperatorRequest,
  principal: string | null,
): { type: OperatorResponseType; messages: ReturnType<LargeRead> } | null {
  const read = LARGE_READS[type];
  if (read === undefined) return null;
  return { type: type as OperatorResponseType, messages: read(state, views.sightOf(access.authorizer, principal)) };
}

/** A large read in v1 JSON. */
export function printLarge({ type, messages }: NonNullable<ReturnType<typeof largeReadOf>>): Pieces {
  return within(type, 'lists' in messages ? views.printMessage(messages as views.ViewMessage) : printAll(messages));
}

function printAll(messages: ReturnType<LargeRead>): Pieces {
  return views.printMessages(messages as Readonly<Record<string, views.ViewMessage>>);
}

export const OPERATOR_READS: Readonly<Partial<Record<OperatorRequest['type'], Read>>> = {
  GET_HEALTH: () => [printResponseV1('GET_HEALTH', { healthy: true })],
  GET_FLAGS({ state }) {
    const flags = Object.entries(state.settings.flags).map(([name, value]) => ({ name, value }));
    return [printResponseV1('GET_FLAGS', { flags })];
  },
  GET_VERSION() {
    const { build_date: buildDate, build_time: buildTime, build_user: buildUser } = views.BUILD;
    const versionInfo = { version: MESOS_VERSION, buildDate, buildTime, buildUser };
    return [printResponseV1('GET_VERSION', { versionInfo })];
  },
  GET_METRICS({ figures }) {
    const metrics = Object.entries(figures()).map(([name, value]) => ({ name, value }));
    return [printResponseV1('GET_METRICS', { metrics })];
  },
  GET_LOGGING_LEVEL: ({ level }) => [printResponseV1('GET_LOGGING_LEVEL', { level: level.current })],
  async LIST_FILES({ files }, _principal, request) {
    if (request.type !== 'LIST_FILES') return [];
    return [printResponseV1('LIST_FILES', { fileInfos: await files.list(request.body.path) })];
  },
  async READ_FILE({ files }, _principal, request) {
    if (request.type !== 'READ_FILE') return [];
    const { path, offset, length } = request.body;
    return [printResponseV1('READ_FILE', await files.read(path, offset, length))];
  },
  GET_OPERATIONS: ({ state }) => [printResponseV1('GET_OPERATIONS', { operations: views.viewOperations(state) })],
  GET_ROLES: (context, principal) => within('GET_ROLES', printRoles(context, principal)),
  GET_WEIGHTS: (context, principal) => [
    printResponseV1('GET_WEIGHTS', { weightInfos: weightsOf(context, principal) }),
  ],
  GET_MASTER({ state }) {
    const { masterInfo, startMs } = state.settings;
    const elected = state.electedMs === null ? {} : { electedTime: state.electedMs / 1000 };
    const body = { masterInfo, startTime: startMs / 1000, ...elected };
    return [printResponseV1('GET_MASTER', body)];
  },
  GET_MAINTENANCE_STATUS: (context, principal) => [
    printResponseV1('GET_MAINTENANCE_STATUS', { status: statusOf(context, principal) }),
  ],
  GET_MAINTENANCE_SCHEDULE: (context, principal) => [
    printResponseV1('GET_MAINTENANCE_SCHEDULE', { schedule: scheduleOf(context, principal) }),
  ],
  GET_QUOTA: (context, principal) => [printResponseV1('GET_QUOTA', { status: quotaStatusOf(context, principal) })],
};
