/**
 * The operations of allocator vectors, as calls of the allocator.
 */
import { toMilli } from '../../src/resources/amount.js';
import { parseAttributes } from '../../src/resources/attributes.js';
import type { Conversion, Operation } from '../../src/resources/operations.js';
import type { Quantities } from '../../src/resources/quantities.js';
import type { Resources } from '../../src/resources/resources.js';
import { quantitiesOf, quotaOf, resourcesOf } from './bundles.js';
import type { AllocatorPlay } from './allocator-play.js';
import { entriesOf, numberOf, Reader, SchemaError, textsOf } from './reader.js';
import { entryOf } from './report.js';
import type { AgentUpdate, AllocatorOptions, Domain, FrameworkInfo, Unavailability, Used } from './subjects.js';

type Action = (play: AllocatorPlay, fields: Reader) => void;

/** All capabilities that an agent of Mesos 1.11 has. */
const ALL_AGENT_CAPABILITIES: readonly string[] = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
];

const MS_PER_SECOND = 1000;

export const OPERATIONS: Readonly<Record<string, Action>> = {
  none: () => undefined,
  settle: () => undefined,
  initialize: (play, fields) => play.initialize(optionsOf(fields)),
  advanceClock: (play, fields) => {
    play.nowMs += millis(fields.number('secs'));
  },
  addAgent,
  updateAgent: ({ allocator }, fields) => allocator.updateAgent(fields.text('agent'), agentUpdateOf(fields)),
  removeAgent: (play, fields) => {
    const id = fields.text('agent');
    play.allocator.removeAgent(id);
    play.forget((entry) => entry.agentId === id);
  },
  addResourceProvider: ({ allocator }, fields) => {
    const agent = fields.text('agent');
    allocator.addResourceProvider(agent, resources(fields, 'total'), usedOnAgent(fields, agent));
  },
  addFramework,
  updateFramework,
  removeFramework: (play, fields) => {
    const id = fields.text('framework');
    play.allocator.removeFramework(id);
    play.forget((entry) => entry.frameworkId === id);
    play.frameworks.delete(id);
  },
  activateFramework: ({ allocator }, fields) => allocator.activateFramework(fields.text('framework')),
  deactivateFramework: ({ allocator }, fields) => allocator.deactivateFramework(fields.text('framework')),
  suppressOffers: ({ allocator }, fields) =>
    allocator.suppressOffers(fields.text('framework'), optionalTexts(fields, 'roles')),
  reviveOffers: ({ allocator }, fields) =>
    allocator.reviveOffers(fields.text('framework'), optionalTexts(fields, 'roles')),
  updateQuota: ({ allocator }, fields) => allocator.updateQuota(fields.text('role'), quotaOf(fields)),
  updateWeights: ({ allocator }, fields) => allocator.updateWeights(weightsOf(fields)),
  updateWhitelist: ({ allocator }, fields) =>
    allocator.updateWhitelist(fields.optional('hostnames', (name) => fields.texts(name), null)),
  updateUnavailability,
  recoverResources,
  recoverAllOffers: (play) => {
    for (const { frameworkId, agentId, role, resources: held } of play.forget(() => true)) {
      play.allocator.recoverResources(frameworkId, agentId, role, held, null);
    }
  },
  updateAllocation,
  updateAvailable: ({ allocator }, fields) => {
    const where = fields.path('operations');
    const operations = fields.list('operations').map((item, i) => operationOf(item, `${where}[${i}]`));
    allocator.updateAvailable(fields.text('agent'), operations);
  },
};

function optionsOf(fields: Reader): AllocatorOptions {
  const minimums = fields.optional('min_allocatable_resources', (name) => alternativesOf(fields, name), null);
  const sorter = (name: string): 'drf' | 'random' => {
    const kind = fields.text(name);
    if (kind === 'drf' || kind === 'random') return kind;
    throw new SchemaError(fields.path(name), kind, 'drf or random is needed');
  };
  return {
    ...optionally(fields, 'allocation_interval_secs', 'allocationIntervalMs', (name) => millis(fields.number(name))),
    ...(minimums === null ? {} : { minAllocatable: minimums }),
    ...optionally(fields, 'fair_sharing_excluded_resource_names', 'fairSharingExcludedResourceNames', (name) =>
      fields.texts(name),
    ),
    ...optionally(fields, 'filter_gpu_resources', 'filterGpuResources', (name) => fields.flag(name)),
    ...optionally(fields, 'role_sorter', 'roleSorter', sorter),
    ...optionally(fields, 'framework_sorter', 'frameworkSorter', sorter),
    ...optionally(fields, 'domain', 'domain', (name) => domainOf(fields.object(name))),
  };
}

/** `{[key]: read(name)}` if the field is there and not null. */
function optionally<K extends string, T>(
  fields: Reader,
  name: string,
  key: K,
  read: (name: string) => T,
): Record<K, T> | Record<never, never> {
  return fields.optional(name, (field) => ({ [key]: read(field) }) as Record<K, T>, {});
}

function addAgent(play: AllocatorPlay, fields: Reader): void {
  const id = fields.text('agent');
  const start = fields.optional('unavailability_start_in_secs', (name) => fields.number(name), null);
  const unavailability = start === null ? null : announce(play, fields, id, start);
  play.allocator.addAgent({
    id,
    ...agentUpdateOf(fields),
    total: resources(fields, 'total'),
    ...(unavailability === null ? {} : { unavailability }),
    used: usedOnAgent(fields, id),
  });
}

function agentUpdateOf(fields: Reader): AgentUpdate {
  return {
    ...optionally(fields, 'total', 'total', (name) => resources(fields, name)),
    ...optionally(fields, 'hostname', 'hostname', (name) => fields.text(name)),
    ...optionally(fields, 'attributes', 'attributes', (name) => parseAttributes(fields.text(name))),
    ...optionally(fields, 'capabilities', 'capabilities', (name) => agentCapabilities(fields, name)),
    ...optionally(fields, 'domain', 'domain', (name) => domainOf(fields.object(name))),
  };
}

function agentCapabilities(fields: Reader, name: string): string[] {
  return fields.raw(name) === 'all' ? [...ALL_AGENT_CAPABILITIES] : fields.texts(name);
}

function domainOf(fields: Reader): Domain {
  return { region: fields.text('region'), zone: fields.text('zone') };
}

function addFramework(play: AllocatorPlay, fields: Reader): void {
  const id = fields.text('framework');
  const info = frameworkOf(fields, null);
  const active = fields.optional('active', (name) => fields.flag(name), true);
  const used = fields.optional(
    'used',
    (name) =>
      fields.entries(name, (value, where) => entriesOf(value, where, resourcesOf)).flatMap(([agentId, byRole]) =>
        byRole.map(([role, held]): Used => ({ frameworkId: id, agentId, role, resources: held })),
      ),
    [],
  );
  play.allocator.addFramework({ id, ...info, active, used });
  play.frameworks.set(id, info);
}

/** An update says everything anew; roles and capabilities that it leaves out stay as they are. */
function updateFramework(play: AllocatorPlay, fields: Reader): void {
  const id = fields.text('framework');
  const info = frameworkOf(fields, play.frameworks.get(id) ?? null);
  play.allocator.updateFramework(id, info);
  play.frameworks.set(id, info);
}

function frameworkOf(fields: Reader, before: FrameworkInfo | null): FrameworkInfo {
  const offerFilters = fields.optional(
    'offer_filters',
    (name) =>
      fields.entries(name, (value, where) => {
        const filter = Reader.of(value, where);
        const minimum = (field: string): Quantities[] => alternativesOf(filter, field);
        return optionally(filter, 'min_allocatable_resources', 'minAllocatable', minimum);
      }),
    [],
  );
  return {
    roles: before !== null && !fields.has('roles') ? before.roles : fields.texts('roles'),
    capabilities: fields.has('capabilities') ? fields.texts('capabilities') : (before?.capabilities ?? []),
    suppressedRoles: optionalTexts(fields, 'suppressed_roles'),
    offerFilters: Object.fromEntries(offerFilters),
    ...optionally(fields, 'offer_constraints', 'offerConstraints', (name) => fields.raw(name)),
  };
}

/** Alternatives, each a set of quantities that must all be there. */
function alternativesOf(fields: Reader, name: string): Quantities[] {
  return fields.list(name).map((item, i) => quantitiesOf(item, `${fields.path(name)}[${i}]`));
}

/** What frameworks use of an agent: `{framework: {role: resources}}`. */
function usedOnAgent(fields: Reader, agentId: string): Used[] {
  const byFramework = fields.optional(
    'used',
    (name) => fields.entries(name, (value, where) => entriesOf(value, where, resourcesOf)),
    [],
  );
  return byFramework.flatMap(([frameworkId, byRole]) =>
    byRole.map(([role, held]) => ({ frameworkId, agentId, role, resources: held })),
  );
}

/** Weights as `{role: weight}` or `[{role, weight}]`. */
function weightsOf(fields: Reader): { role: string; weight: number }[] {
  if (!Array.isArray(fields.raw('weights'))) {
    return fields.entries('weights', numberOf).map(([role, weight]) => ({ role, weight }));
  }
  return fields.list('weights').map((item, i) => {
    const one = Reader.of(item, `${fields.path('weights')}[${i}]`);
    return { role: one.text('role'), weight: one.number('weight') };
  });
}

function updateUnavailability(play: AllocatorPlay, fields: Reader): void {
  const agent = fields.text('agent');
  const start = fields.optional('start_in_secs', (name) => fields.number(name), null);
  if (start === null) play.announced.delete(agent);
  play.allocator.updateUnavailability(agent, start === null ? null : announce(play, fields, agent, start));
}

function announce(play: AllocatorPlay, fields: Reader, agent: string, startInSecs: number): Unavailability {
  const startMs = play.nowMs + millis(startInSecs);
  play.announced.set(agent, { startInSecs, startMs });
  return { startMs, ...optionally(fields, 'duration_in_secs', 'durationMs', (name) => millis(fields.number(name))) };
}

function recoverResources(play: AllocatorPlay, fields: Reader): void {
  const [framework, agent, role] = [fields.text('framework'), fields.text('agent'), fields.text('role')];
  const returned = resources(fields, 'resources');
  const filters = fields.optional('refuse_seconds', (name) => ({ refuseSeconds: fields.number(name) }), null);
  play.allocator.recoverResources(framework, agent, role, returned, filters);
  const entry = play.outstandingOf(framework, role, agent);
  entry.resources = entry.resources.minus(returned);
}

function updateAllocation(play: AllocatorPlay, fields: Reader): void {
  const [framework, agent, role] = [fields.text('framework'), fields.text('agent'), fields.text('role')];
  const conversions = fields.list('conversions').map((item, i): Conversion => {
    const one = Reader.of(item, `${fields.path('conversions')}[${i}]`);
    return { consumed: resources(one, 'consumed'), converted: resources(one, 'converted') };
  });
  play.allocator.updateAllocation(framework, agent, role, resources(fields, 'offered'), conversions);
  const entry = play.outstandingOf(framework, role, agent);
  for (const { consumed, converted } of conversions) entry.resources = entry.resources.minus(consumed).plus(converted);
}

const RESOURCE_OPERATIONS: Readonly<Record<string, (one: Reader) => Operation>> = {
  RESERVE: (one) => ({
    type: 'RESERVE',
    resources: resources(one, 'resources'),
    ...optionally(one, 'source', 'source', (name) => resources(one, name)),
  }),
  UNRESERVE: (one) => ({ type: 'UNRESERVE', resources: resources(one, 'resources') }),
  CREATE: (one) => ({ type: 'CREATE', volumes: volumes(one) }),
  DESTROY: (one) => ({ type: 'DESTROY', volumes: volumes(one) }),
  GROW_VOLUME: (one) => ({
    type: 'GROW_VOLUME',
    volume: oneBundle(one, 'volume'),
    addition: oneBundle(one, 'addition'),
  }),
  SHRINK_VOLUME: (one) => ({
    type: 'SHRINK_VOLUME',
    volume: oneBundle(one, 'volume'),
    subtractMilli: toMilli(one.number('subtract'), one.path('subtract')),
  }),
};

function operationOf(item: unknown, where: string): Operation {
  const one = Reader.of(item, where);
  return entryOf(RESOURCE_OPERATIONS, one.text('type'), 'operation', one.path('type'))(one);
}

/** The volumes of CREATE and DESTROY are called `volumes` or `resources`. */
function volumes(one: Reader): Resources {
  return resources(one, one.has('volumes') ? 'volumes' : 'resources');
}

/** A bundle alone, or a list of one. */
function oneBundle(fields: Reader, name: string): Resources {
  const value = fields.raw(name);
  return resourcesOf(Array.isArray(value) ? value : [value], fields.path(name));
}

function resources(fields: Reader, name: string): Resources {
  return resourcesOf(fields.raw(name), fields.path(name));
}

function optionalTexts(fields: Reader, name: string): string[] {
  return fields.optional(name, (field) => textsOf(fields.raw(field), fields.path(field)), []);
}

function millis(seconds: number): number {
  return Math.round(seconds * MS_PER_SECOND);
}
