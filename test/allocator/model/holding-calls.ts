/**
 * Random calls about what frameworks hold and agents have free: giving back, conversions, operators' operations.
 */
import { MeteError } from '../../../src/base/errors.js';
import type { Reservation } from '../../../src/resources/descriptor.js';
import { describe } from '../../../src/resources/descriptor.js';
import { type Lot, scalarLot } from '../../../src/resources/lot.js';
import { type Conversion, conversionsOf, type Operation } from '../../../src/resources/operations.js';
import { Resources } from '../../../src/resources/resources.js';
import { pushReservation } from '../../../src/resources/transform.js';
import type { Decisions } from './decisions.js';
import { anyPart, pieceOf, TOP_ROLES } from './pools.js';
import { call, type Call } from './subject.js';
import type { HeldOn, Maker, World } from './world.js';

const FILTERS: readonly ({ readonly refuseSeconds?: number } | null)[] = [
  null,
  null,
  {},
  { refuseSeconds: 0 },
  { refuseSeconds: 0.5 },
  { refuseSeconds: 1 },
  { refuseSeconds: 1 },
  { refuseSeconds: 2 },
  { refuseSeconds: 3 },
  { refuseSeconds: 600 },
  { refuseSeconds: -1 },
  { refuseSeconds: NaN },
  { refuseSeconds: 1e12 },
];

function giveBack({ frameworkId, agentId, role }: HeldOn, resources: Resources, decide: Decisions): Call {
  return call('recoverResources', frameworkId, agentId, role, resources, decide.pick(FILTERS));
}

export const recover: Maker = (world, decide) => {
  const holding = decide.maybe(world.held());
  return holding === undefined ? null : giveBack(holding, anyPart(decide, holding.resources), decide);
};

/** Gives back most of what is held everywhere. */
export const recoverMuch: Maker = (world, decide) => {
  const holdings = decide.some(world.held(), 0.8);
  return holdings.map((holding) => giveBack(holding, holding.resources, decide));
};

/** Gives back what is not held, or by nobody, or on no agent. */
export const recoverWrong: Maker = (world, decide) => {
  const holding = decide.maybe(world.held());
  if (holding === undefined) return null;
  const { frameworkId, agentId, role, resources } = holding;
  return decide.pick([
    call('recoverResources', 'nobody', agentId, role, resources, null),
    call('recoverResources', frameworkId, 'nowhere', role, resources, null),
    call('recoverResources', frameworkId, agentId, role, resources.plus(resources).plus(cpu), null),
    call('recoverResources', frameworkId, agentId, 'b/none', resources, {}),
    call('recoverResources', frameworkId, agentId, role, Resources.EMPTY, {}),
  ]);
};

const cpu = Resources.fromScalars({ cpus: 1 });

/** An operation that some of `resources` may undergo; null if there is none for the lot that was chosen. */
function anyOperation(decide: Decisions, { resources, role, volumes }: Site): Operation | null {
  const whole = decide.maybe(resources.lots);
  if (whole === undefined) return null;
  const lot = pieceOf(decide, whole);
  const piece = Resources.of([lot]);
  const { descriptor } = lot;
  if (descriptor.disk?.persistence !== undefined) {
    if (descriptor.shared || decide.chance(0.4)) return { type: 'DESTROY', volumes: piece };
    const half = Math.floor(lot.amountMilli / 2);
    if (decide.chance(0.5) && half > 0) return { type: 'SHRINK_VOLUME', volume: piece, subtractMilli: half };
    const disk = resources.lots.find((other) => other.descriptor.key === plainDiskKey(lot));
    if (disk === undefined) return null;
    return { type: 'GROW_VOLUME', volume: piece, addition: Resources.of([pieceOf(decide, disk)]) };
  }
  if (descriptor.name === 'disk' && descriptor.reservedRole !== null && !descriptor.revocable && decide.chance(0.6)) {
    return { type: 'CREATE', volumes: Resources.of([volumeOn(decide, lot, volumes)]) };
  }
  const top = descriptor.reservations[descriptor.reservations.length - 1];
  if (top?.type === 'DYNAMIC' && decide.chance(0.6)) return { type: 'UNRESERVE', resources: piece };
  const own = role === '*' ? decide.pick(TOP_ROLES) : role;
  const next = top === undefined ? own : `${top.role}/${decide.pick(['x', 'new'])}`;
  const reservation: Reservation = { type: 'DYNAMIC', role: next };
  return { type: 'RESERVE', resources: pushReservation(piece, reservation) };
}

function plainDiskKey(volume: Lot): string {
  const { name, type, reservations, disk } = volume.descriptor;
  const source = disk?.source;
  return describe({ name, type, reservations, ...(source === undefined ? {} : { disk: { source } }) }).key;
}

/** A volume on reserved disk, with an id that no volume of the agent has. */
function volumeOn(decide: Decisions, lot: Lot, taken: ReadonlySet<string>): Lot {
  const { name, type, reservations, disk, providerId } = lot.descriptor;
  let number = 0;
  while (taken.has(`c${number}`)) number++;
  const id = `c${number}`;
  const info = { ...disk, persistence: { id }, volume: { mode: 'RW' as const, container_path: id } };
  const shared = decide.chance(0.5);
  return scalarLot(describe({ name, type, reservations, disk: info, shared, providerId }), lot.amountMilli);
}

/** Resources that may undergo operations, the role to reserve them for, and the ids of all volumes on their agent. */
interface Site {
  readonly resources: Resources;
  readonly role: string;
  readonly volumes: ReadonlySet<string>;
}

function volumesOn(world: World, agentId: string): Set<string> {
  const { total, held } = world.lead.agent(agentId);
  const lots = [total, ...held.map(({ resources }) => resources)].flatMap((resources) => resources.lots);
  return new Set(lots.flatMap(({ descriptor }) => descriptor.disk?.persistence?.id ?? []));
}

/** Conversions of what is held: those of an operation, more copies of a shared volume, or an end of the resources. */
function anyConversions(decide: Decisions, site: Site): Conversion[] {
  const { resources } = site;
  const shared = decide.maybe(resources.sharedOnly().lots);
  if (shared !== undefined && decide.chance(0.6)) {
    const copies = Resources.of([scalarLot(shared.descriptor, shared.amountMilli, 1 + decide.below(2))]);
    return [{ consumed: Resources.EMPTY, converted: copies }];
  }
  if (decide.chance(0.15)) return [{ consumed: anyPart(decide, resources), converted: Resources.EMPTY }];
  const operation = anyOperation(decide, site);
  return operation === null ? [] : conversionsIfAny(operation);
}

/** Some operations have no conversions: the disk below a volume may not be divisible, and the like. */
function conversionsIfAny(operation: Operation): Conversion[] {
  try {
    return conversionsOf(operation);
  } catch (error) {
    if (error instanceof MeteError) return [];
    throw error;
  }
}

export const convert: Maker = (world, decide) => {
  const holding = decide.maybe(world.held());
  if (holding === undefined) return null;
  const { frameworkId, agentId, role, resources } = holding;
  const conversions = anyConversions(decide, { resources, role, volumes: volumesOn(world, agentId) });
  if (conversions.length === 0) return null;
  return call('updateAllocation', frameworkId, agentId, role, resources, conversions);
};

export const operate: Maker = (world, decide) => {
  const agentId = decide.maybe(world.agents);
  if (agentId === undefined) return null;
  const resources = decide.chance(0.9) ? world.available(agentId) : world.total(agentId);
  const role = decide.pick(TOP_ROLES);
  const operation = anyOperation(decide, { resources, role, volumes: volumesOn(world, agentId) });
  return operation === null ? null : call('updateAvailable', agentId, [operation]);
};
