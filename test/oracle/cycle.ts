/**
 * One allocation cycle over the candidate agents.
 *
 * Stage 1 gives to roles whose guarantees are not met, stage 2 gives what is left to everybody. At each agent the
 * order of roles is taken once, at each role the order of its frameworks is taken once; grants made meanwhile change
 * later orders, not these.
 */
import { drawSalt, mix32, nameSalt, stageSalt } from '../../src/base/mix32.js';
import { Resources } from '../../src/resources/resources.js';
import { isSelfOrAncestor, topLevelRole } from '../../src/resources/role-name.js';
import type { OracleAgent } from './agent.js';
import { limitsMinus, minus, NOTHING, plus, type Amounts } from './amounts.js';
import { cutToLimits, cutToQuantities } from './chop.js';
import type { OracleFramework } from './framework.js';
import { isDefaultQuota } from './role-tree.js';
import { canReceiveAgent, isAllocatable, isFiltered, lacksCapability, strip } from './rules.js';
import type { OracleState } from './state.js';
import type { Offer } from './types.js';
import type { Situation } from './witness.js';

/** What is known and changes in the course of one cycle. */
class Cycle {
  readonly offers: Offer[] = [];
  /** What the top-level roles that have a quota consume of it, roles below them included. */
  readonly consumed = new Map<string, Amounts>();
  /** What must be kept free for guarantees that are not met. */
  requiredHeadroom: Amounts = NOTHING;
  availableHeadroom: Amounts;
  /** Shared resources that were offered in this cycle, agent by agent: each is offered once. */
  readonly sharedOffered = new Map<string, Resources>();

  constructor(readonly state: OracleState) {
    for (const role of state.roleTree.roles().filter((name) => topLevelRole(name) === name)) {
      const quota = state.roleTree.quota(role);
      if (isDefaultQuota(quota)) continue;
      this.consumed.set(role, quotaConsumption(state, role));
      this.requiredHeadroom = plus(this.requiredHeadroom, minus(quota.guarantees, this.consumedBy(role)));
    }
    this.availableHeadroom = state.availableHeadroom();
  }

  consumedBy(role: string): Amounts {
    return this.consumed.get(role) ?? NOTHING;
  }

  consume(topRole: string, amounts: Amounts): void {
    if (this.consumed.has(topRole)) this.consumed.set(topRole, plus(this.consumedBy(topRole), amounts));
    this.availableHeadroom = minus(this.availableHeadroom, amounts);
  }

  /** What the agent has for the role now. */
  availableTo(role: string, agent: OracleAgent): Resources {
    const available = agent.available.allocatableTo(role);
    const left = available.minus(this.sharedOffered.get(agent.id) ?? Resources.EMPTY);
    if (!left.equals(available)) this.state.note('shared volume not offered twice in a run');
    return left;
  }

  /** Cuts down to what is left above the headroom. */
  cutToSurplus(resources: Resources): Resources {
    if (this.requiredHeadroom.size === 0) return resources;
    const cut = cutToQuantities(resources, minus(this.availableHeadroom, this.requiredHeadroom));
    if (!cut.equals(resources)) this.state.note('headroom held back');
    return cut;
  }

  /** Cuts down to what limits leave to a role; they are those of its top-level role. */
  cutToLimits(resources: Resources, role: string, limits: Amounts): Resources {
    const cut = cutToLimits(resources, limits);
    if (cut.equals(resources)) return cut;
    this.state.note('cut to a limit');
    if (role.includes('/')) this.state.note('limit binds a role below');
    if (notDivided(resources.minus(cut))) this.state.note('indivisible passed over');
    return cut;
  }

  /** Enters the grant in the books. Several grants of an agent to a framework in a role become one offer. */
  grant(framework: OracleFramework, role: string, agent: OracleAgent, resources: Resources): void {
    const shareable = resources.sharedOnly();
    if (shareable.lots.some((lot) => agent.held.contains(Resources.of([lot])))) {
      this.state.note('shared volume offered while held');
    }
    this.state.give(agent, framework.id, role, resources);
    const shared = this.sharedOffered.get(agent.id) ?? Resources.EMPTY;
    this.sharedOffered.set(agent.id, shared.plus(shareable));
    const earlier = this.offers.findIndex(
      (offer) => offer.frameworkId === framework.id && offer.role === role && offer.agentId === agent.id,
    );
    const before = this.offers[earlier]?.resources ?? Resources.EMPTY;
    const offer: Offer = {
      frameworkId: framework.id,
      role,
      agentId: agent.id,
      resources: before.plus(resources),
      unavailability: agent.maintenance?.unavailability ?? null,
    };
    if (offer.unavailability !== null) this.state.note('offer with unavailability');
    if (earlier < 0) this.offers.push(offer);
    else this.offers[earlier] = offer;
  }
}

function notDivided(resources: Resources): boolean {
  return resources.lots.some(({ descriptor }) => !descriptor.divisible);
}

/** All reservations for the role and below, used or not, and what is held there of other, non-revocable scalars. */
function quotaConsumption(state: OracleState, topRole: string): Amounts {
  let consumed = state.roleTree.reservationQuantities(topRole);
  for (const agent of state.agentsInOrder()) {
    const held = agent.holdings
      .filter(({ frameworkId, role }) => state.frameworks.has(frameworkId) && isSelfOrAncestor(topRole, role))
      .reduce((sum, { resources }) => sum.plus(resources), Resources.EMPTY);
    consumed = plus(consumed, held.unreserved().nonRevocable().scalarQuantities());
  }
  return consumed;
}

/** Runs the cycle: the offers in the order of their first grants. */
export function allocationCycle(state: OracleState): Offer[] {
  const cycle = new Cycle(state);
  for (const stage of [1, 2]) {
    const salt = stageSalt(state.settings.seed, state.runs, stage);
    for (const agent of agentsToVisit(state, salt)) {
      for (const role of state.roleSorter.sort(drawSalt(salt, agent.ordinal, 0))) {
        if (stage === 1 && !wantsGuarantees(cycle, role)) continue;
        if (agent.available.isEmpty) break;
        if (!agent.total.contains(agent.held.nonShared())) state.note('more held than there is');
        const frameworks = state.frameworkSorter(role).sort(drawSalt(salt, agent.ordinal, nameSalt(role)));
        for (const frameworkId of frameworks) {
          const framework = state.frameworks.get(frameworkId)!;
          if (stage === 1) offerForGuarantees(cycle, framework, role, agent);
          else offerTheRest(cycle, framework, role, agent);
        }
      }
    }
  }
  return cycle.offers;
}

/** Candidates that may be offered, by a number that depends on seed, run, stage and the agent's ordinal only. */
function agentsToVisit(state: OracleState, salt: number): OracleAgent[] {
  return state
    .agentsInOrder()
    .filter((agent) => state.candidates.has(agent.id))
    .filter((agent) => {
      if (!agent.activated) state.note('agent deactivated');
      return agent.activated;
    })
    .filter((agent) => {
      const listed = state.whitelist === null || state.whitelist.has(agent.hostname);
      if (!listed) state.note('agent not whitelisted');
      return listed;
    })
    .sort((a, b) => mix32(a.ordinal ^ salt) - mix32(b.ordinal ^ salt));
}

/** What the role lacks of its guarantees. */
function unmetGuarantees(cycle: Cycle, role: string): Amounts {
  return minus(cycle.state.roleTree.quota(role).guarantees, cycle.consumedBy(role));
}

function wantsGuarantees(cycle: Cycle, role: string): boolean {
  return unmetGuarantees(cycle, role).size > 0;
}

/**
 * What both stages ask first: what of the agent the framework could be offered in the role; nothing if it may not.
 */
function offerable(cycle: Cycle, framework: OracleFramework, role: string, agent: OracleAgent): Resources {
  const { state } = cycle;
  const nothingBut = (situation: Situation): Resources => {
    state.note(situation);
    return Resources.EMPTY;
  };
  if (framework.excludes(role, agent)) return nothingBut('constraint excludes agent');
  const available = cycle.availableTo(role, agent);
  if (!isAllocatable(state.settings, available, role, framework)) {
    return nothingBut(framework.minimumFor(role) === undefined ? 'too little' : 'too little for the framework alone');
  }
  if (!canReceiveAgent(state.settings, framework, agent)) return nothingBut('gpus or region bar framework');
  const readable = strip(available, framework);
  if (!readable.equals(available)) state.note('lots left out that cannot be read');
  return readable;
}

function mayBeOffered(
  cycle: Cycle,
  framework: OracleFramework,
  role: string,
  agent: OracleAgent,
  resources: Resources,
): boolean {
  const { state } = cycle;
  if (!isAllocatable(state.settings, resources, role, framework)) return false;
  if (lacksCapability(framework, role, agent)) {
    state.note('agent lacks a capability');
    return false;
  }
  const filtered = isFiltered(framework, role, agent, resources);
  if (filtered) state.note('stopped by a filter');
  return !filtered;
}

/** Scalars that count against a quota. Everything else is offered whole. */
function chargeable(resources: Resources): Resources {
  return resources
    .filter(({ descriptor }) => descriptor.type === 'SCALAR')
    .unreserved()
    .nonRevocable();
}

/** Stage 1: only if the agent has something that the role lacks of its guarantees. The role is a top-level role. */
function offerForGuarantees(cycle: Cycle, framework: OracleFramework, role: string, agent: OracleAgent): void {
  const unmet = unmetGuarantees(cycle, role);
  const available = offerable(cycle, framework, role, agent);
  const scalars = chargeable(available);
  const guaranteed = cutToQuantities(scalars, unmet);
  if (guaranteed.isEmpty) return;
  const guaranteedAmounts = guaranteed.scalarQuantities();

  const limits = cycle.state.roleTree.quota(role).limits;
  const limitsLeft = limitsMinus(limitsMinus(limits, cycle.consumedBy(role)), guaranteedAmounts);
  const additional = cycle.cutToSurplus(cycle.cutToLimits(scalars.minus(guaranteed), role, limitsLeft));
  const toOffer = available.minus(scalars).plus(guaranteed).plus(additional);
  if (!mayBeOffered(cycle, framework, role, agent, toOffer)) return;

  cycle.state.note('guarantee served');
  if (!guaranteed.equals(scalars)) cycle.state.note('guarantee cut');
  if (!additional.isEmpty) cycle.state.note('more than the guarantee in stage 1');
  cycle.grant(framework, role, agent, toOffer);
  cycle.consume(role, guaranteed.plus(additional).scalarQuantities());
  cycle.requiredHeadroom = minus(cycle.requiredHeadroom, guaranteedAmounts);
}

/** Stage 2: everything, but of chargeable scalars only what limits and headroom leave. */
function offerTheRest(cycle: Cycle, framework: OracleFramework, role: string, agent: OracleAgent): void {
  const topRole = topLevelRole(role);
  const available = offerable(cycle, framework, role, agent);
  const scalars = chargeable(available);
  const limitsLeft = limitsMinus(cycle.state.roleTree.quota(topRole).limits, cycle.consumedBy(topRole));
  const additional = cycle.cutToSurplus(cycle.cutToLimits(scalars, role, limitsLeft));
  const toOffer = available.minus(scalars).plus(additional);
  if (!mayBeOffered(cycle, framework, role, agent, toOffer)) return;

  cycle.grant(framework, role, agent, toOffer);
  cycle.consume(topRole, additional.scalarQuantities());
}
