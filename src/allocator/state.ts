/**
 * The allocator's state: records by name above, an engine with integers below, and what connects them.
 */
import { MeteError } from '../base/errors.js';
import { MAX_MILLI } from '../resources/amount.js';
import { quantitiesFromRecord, type Quantities } from '../resources/quantities.js';
import { AgentColumns, type AgentRecord } from './agent-record.js';
import { Encoding } from './encoding.js';
import type { EngineFactory } from './engine/engine.js';
import { checkOptions } from './input-checks.js';
import type { Client, FaultDomain, FrameworkRecord, RoleClients } from './model.js';
import type { OfferConstraintLimits } from './offer-constraints.js';
import { OfferFilters } from './offer-filters.js';
import { EngineProgram } from './program.js';
import { RoleTree } from './role-tree.js';
import { Ids, SorterTree } from './sorter-tree.js';

/** How roles are ordered: by dominant share, by dominant share of scaled sums (H-DRF), or by weighted dice. */
export const ROLE_SORTERS = ['drf', 'hdrf', 'random'] as const;
export type RoleSorter = (typeof ROLE_SORTERS)[number];

/** How the frameworks of a role are ordered: by dominant share, or by weighted dice. */
export const FRAMEWORK_SORTERS = ['drf', 'random'] as const;
export type FrameworkSorter = (typeof FRAMEWORK_SORTERS)[number];

export interface AllocatorOptions {
  /** Milliseconds between batch runs. */
  readonly allocationIntervalMs?: number;
  /** Alternatives of quantities; less than all of them is not offered. */
  readonly minAllocatable?: readonly Quantities[];
  readonly fairSharingExcludedResourceNames?: readonly string[];
  /** Whether agents with gpus are kept for frameworks that say GPU_RESOURCES. */
  readonly filterGpuResources?: boolean;
  readonly roleSorter?: RoleSorter;
  readonly frameworkSorter?: FrameworkSorter;
  /** The master's own fault domain. */
  readonly domain?: FaultDomain | null;
  /** Every random order derives from it. */
  readonly seed?: number;
  /** Share of the expected agents that ends the hold-off after a failover. */
  readonly agentRecoveryFactor?: number;
  readonly recoveryTimeoutMs?: number;
  readonly offerConstraintLimits?: OfferConstraintLimits;
  /** False: the engine re-sorts and visits everything. For comparison. */
  readonly incremental?: boolean;
  readonly engine: EngineFactory;
  /** A clock in milliseconds for the metrics of runs; without it they are absent. */
  readonly stopwatch?: () => number;
}

export type Settings = Required<Omit<AllocatorOptions, 'offerConstraintLimits' | 'stopwatch'>> &
  Pick<AllocatorOptions, 'offerConstraintLimits' | 'stopwatch'>;

export const DEFAULT_MINIMUM: readonly Quantities[] = [
  quantitiesFromRecord({ cpus: 0.01 }, 'minAllocatable'),
  quantitiesFromRecord({ mem: 32 }, 'minAllocatable'),
];

const FIRST_KINDS = 4;

/** Durations of the latest runs, bounded. */
export interface RunTimes {
  runMs: number[];
  latencyMs: number[];
  pendingSinceMs: number | null;
}

export interface AllocatorState {
  readonly settings: Settings;
  program: EngineProgram;
  encoding: Encoding;
  readonly nodeIds: Ids;
  readonly agentIds: Ids;
  readonly clientIds: Ids;
  roleSorter: SorterTree;
  readonly roleTree: RoleTree;
  filters: OfferFilters;
  readonly agents: Map<string, AgentRecord>;
  readonly agentsByIndex: (AgentRecord | undefined)[];
  readonly agentColumns: AgentColumns;
  readonly frameworks: Map<string, FrameworkRecord>;
  readonly clientsByIndex: (Client | undefined)[];
  readonly roles: Map<string, RoleClients>;
  readonly filterCounts: Map<string, { count: number }>;
  readonly minimums: MinimumTable;
  constraints: ConstraintTable;
  /** Scalars of all agents by name, in thousandths. */
  readonly totals: Map<string, number>;
  totalsMoved: boolean;
  whitelist: Set<string> | null;
  paused: boolean;
  expectedAgents: number | null;
  resumeAtMs: number;
  /** Batch timers armed before the hold-off's timer. */
  resumeGeneration: number;
  clockMs: number;
  nextBatchMs: number;
  /** Batch timers armed so far. */
  generation: number;
  run: number;
  runsMade: number;
  nextOrdinal: number;
  /** Whether an event-driven run is due. */
  pending: boolean;
  /** Candidates of the next run: all agents, or those named. A pause drops the run, not its candidates. */
  pendingAll: boolean;
  readonly pendingAgents: Set<AgentRecord>;
  /** Agents that told of use by frameworks which have not been added yet. */
  readonly unclaimed: Map<string, Set<AgentRecord>>;
  readonly inMaintenance: Set<AgentRecord>;
  readonly times: RunTimes;
  /** Numbers in use when the engine was last built. */
  builtSize: number;
}

/** Minimum sets by engine number: 0 is the allocator's own, others belong to clients. */
export interface MinimumTable {
  readonly sets: (readonly Quantities[])[];
  readonly numbers: Map<string, number>;
}

/** Constraint rows by engine number; a number that is free at the moment has no client. */
export interface ConstraintTable {
  readonly ids: Ids;
  readonly numbers: Map<Client, number>;
  readonly clients: (Client | undefined)[];
}

export function noConstraints(): ConstraintTable {
  return { ids: new Ids(), numbers: new Map(), clients: [] };
}

function invalid(field: string, value: unknown, reason: string, mend: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field, value, reason, mend });
}

function checkSorter(field: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw invalid(field, value, 'there is no such sorter', `give ${known.map((name) => `'${name}'`).join(' or ')}`);
}

export function settingsOf(options: AllocatorOptions): Settings {
  checkOptions(options);
  const settings: Settings = {
    allocationIntervalMs: options.allocationIntervalMs ?? 1000,
    minAllocatable: options.minAllocatable ?? DEFAULT_MINIMUM,
    fairSharingExcludedResourceNames: options.fairSharingExcludedResourceNames ?? [],
    filterGpuResources: options.filterGpuResources ?? true,
    roleSorter: options.roleSorter ?? 'drf',
    frameworkSorter: options.frameworkSorter ?? 'drf',
    domain: options.domain ?? null,
    seed: options.seed ?? 0,
    agentRecoveryFactor: options.agentRecoveryFactor ?? 0.8,
    recoveryTimeoutMs: options.recoveryTimeoutMs ?? 600_000,
    incremental: options.incremental ?? true,
    engine: options.engine,
    ...(options.offerConstraintLimits === undefined ? {} : { offerConstraintLimits: options.offerConstraintLimits }),
    ...(options.stopwatch === undefined ? {} : { stopwatch: options.stopwatch }),
  };
  if (!(settings.allocationIntervalMs > 0 && settings.allocationIntervalMs < Infinity)) {
    const given = options.allocationIntervalMs;
    throw invalid('allocationIntervalMs', given, 'it is not a positive number', 'give milliseconds');
  }
  if (!Number.isInteger(settings.seed)) throw invalid('seed', options.seed, 'it is not an integer', 'give an integer');
  const factor = settings.agentRecoveryFactor;
  if (!(factor >= 0 && factor <= 1)) throw invalid('agentRecoveryFactor', factor, 'it is no share', 'give 0 to 1');
  checkSorter('roleSorter', settings.roleSorter, ROLE_SORTERS);
  checkSorter('frameworkSorter', settings.frameworkSorter, FRAMEWORK_SORTERS);
  return settings;
}

export function newProgram(settings: Settings, kinds: number): EngineProgram {
  return new EngineProgram(
    settings.engine({
      kinds,
      seed: settings.seed | 0,
      randomRoles: settings.roleSorter === 'random',
      hierarchicalRoles: settings.roleSorter === 'hdrf',
      randomFrameworks: settings.frameworkSorter === 'random',
      incremental: settings.incremental,
    }),
  );
}

function initialKinds(settings: Settings): number {
  const names = new Set(settings.minAllocatable.flatMap((quantities) => [...quantities.keys()]));
  for (const name of settings.fairSharingExcludedResourceNames) names.add(name);
  return roomFor(names.size);
}

export function roomFor(kinds: number): number {
  let room = FIRST_KINDS;
  while (room < kinds) room *= 2;
  return room;
}

export function createState(options: AllocatorOptions): AllocatorState {
  const settings = settingsOf(options);
  const program = newProgram(settings, initialKinds(settings));
  const encoding = new Encoding(program);
  const nodeIds = new Ids();
  const state: AllocatorState = {
    settings,
    program,
    encoding,
    nodeIds,
    agentIds: new Ids(),
    clientIds: new Ids(),
    roleSorter: new SorterTree(program, nodeIds, true),
    roleTree: new RoleTree(),
    filters: new OfferFilters(program, encoding),
    agents: new Map(),
    agentsByIndex: [],
    agentColumns: new AgentColumns(),
    frameworks: new Map(),
    clientsByIndex: [],
    roles: new Map(),
    filterCounts: new Map(),
    minimums: { sets: [settings.minAllocatable], numbers: new Map() },
    constraints: noConstraints(),
    totals: new Map(),
    totalsMoved: true,
    whitelist: null,
    paused: false,
    expectedAgents: null,
    resumeAtMs: Infinity,
    resumeGeneration: 0,
    clockMs: 0,
    nextBatchMs: settings.allocationIntervalMs,
    generation: 1,
    run: 0,
    runsMade: 0,
    nextOrdinal: 1,
    pending: false,
    pendingAll: false,
    pendingAgents: new Set(),
    unclaimed: new Map(),
    inMaintenance: new Set(),
    times: { runMs: [], latencyMs: [], pendingSinceMs: null },
    builtSize: 0,
  };
  sendSettings(state);
  state.roleTree.onReserved = (role, quantities, sign) => {
    const vector = state.encoding.vector(quantities).map((amount) => sign * amount);
    state.program.consume(state.encoding.role(role), vector);
  };
  return state;
}

/** Tells the engine which kinds do not count for shares, and the minimum sets. */
export function sendSettings(state: AllocatorState): void {
  const { program, encoding, settings } = state;
  const unfair = new Float64Array(encoding.kinds);
  for (const name of settings.fairSharingExcludedResourceNames) unfair[encoding.kind(name)] = 1;
  program.setUnfairKinds(unfair);
  for (let number = 0; number < state.minimums.sets.length; number++) sendMinimum(state, number);
}

export function sendMinimum(state: AllocatorState, number: number): void {
  const alternatives = state.minimums.sets[number]!.map((quantities) =>
    [...quantities].map(([name, amount]) => [state.encoding.kind(name), amount] as const),
  );
  state.program.setMinimum(number, alternatives);
}

/**
 * Makes sure that the cluster's totals can still be counted when `added` comes and `removed` goes; call it before
 * changing anything. Throws MeteError (LIMIT_EXCEEDED).
 */
export function checkTotals(state: AllocatorState, field: string, removed: Quantities, added: Quantities): void {
  for (const [name, amount] of added) {
    const sum = (state.totals.get(name) ?? 0) - (removed.get(name) ?? 0) + amount;
    if (sum <= MAX_MILLI) continue;
    throw new MeteError('LIMIT_EXCEEDED', {
      field: `${field}: ${name}`,
      value: sum / 1000,
      reason: 'with it the cluster has more than 2^53 - 1 thousandths',
      mend: 'use a coarser unit for this resource',
    });
  }
}

/** Takes the scalars of `removed` out of the cluster's totals and adds those of `added`. */
export function moveTotals(state: AllocatorState, removed: Quantities, added: Quantities): void {
  const { totals } = state;
  for (const [name, amount] of added) totals.set(name, (totals.get(name) ?? 0) + amount);
  for (const [name, amount] of removed) {
    const left = (totals.get(name) ?? 0) - amount;
    if (left > 0) totals.set(name, left);
    else totals.delete(name);
  }
  state.totalsMoved = true;
}
