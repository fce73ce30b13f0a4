/**
 * The visit of one agent in one stage: walk roles, then the clients of each role, and grant. Twin of native/core/visit.
 *
 * Both walks follow the order in which the sorters stood when the walk began: granting only marks nodes stale, and
 * orders are refreshed when the next walk begins.
 */
import { drawSalt } from '../../base/mix32.js';
import type { AgentTable } from './agent-table.js';
import type { EngineCounters, EngineOptions } from './engine.js';
import type { GrantList } from './grants.js';
import { LotFlag, NodeState } from './opcodes.js';
import { Offering } from './offering.js';
import type { QuotaLedger } from './quota-ledger.js';
import type { RefusalTable } from './refusals.js';
import type { RoleTable } from './role-table.js';
import type { SharedHolds } from './shared-holds.js';
import { LeafWeights, Shuffle } from './shuffle.js';
import type { SorterForest } from './sorter-forest.js';
import type { ValueTable } from './value-table.js';

/** The tables of an engine. */
export interface EngineTables {
  readonly forest: SorterForest;
  readonly roles: RoleTable;
  readonly agents: AgentTable;
  readonly refusals: RefusalTable;
  readonly values: ValueTable;
  readonly holds: SharedHolds;
  readonly ledger: QuotaLedger;
  readonly grants: GrantList;
  /** For each constraint, a flag for each agent that it excludes. */
  readonly excluded: Uint8Array[];
}

export class Visit {
  private run = 0;
  private stage = 1;
  private salt = 0;
  private agent = 0;
  private anythingLeft = false;
  /** Counts what an agent has left; verdicts on it are stamped with the count, negative for no. For the fast walk. */
  private remainder = 0;
  private readonly coverVerdicts: number[] = [];
  private readonly minimumVerdicts: number[] = [];
  private readonly offering: Offering;
  private readonly leafWeights = new LeafWeights();

  constructor(
    private readonly tables: EngineTables,
    private readonly options: EngineOptions,
    private readonly counters: EngineCounters,
  ) {
    this.offering = new Offering(tables);
  }

  beginStage(run: number, stage: number, salt: number): void {
    this.run = run;
    this.stage = stage;
    this.salt = salt;
  }

  /** Visits one agent; grants go to the grant list. */
  visit(agent: number): void {
    const { forest, agents } = this.tables;
    this.agent = agent;
    this.anythingLeft = agents.hasAnything(agent);
    if (!this.anythingLeft || !forest.exists(0)) return;
    this.counters.visits++;
    this.remainder++;
    if (!this.options.randomRoles) {
      this.walkRoles(0);
      return;
    }
    const shuffle = new Shuffle(this.leafWeights.of(forest, 0), drawSalt(this.salt, agents.ordinal[agent]!, 0));
    for (let node = shuffle.next(); node >= 0 && this.anythingLeft; node = shuffle.next()) {
      this.visitRole(this.tables.roles.roleAt(node));
    }
  }

  private walkRoles(parent: number): void {
    const { forest, roles } = this.tables;
    const children = forest.children(parent);
    const count = forest.childCount(parent);
    for (let i = 0; i < count && this.anythingLeft; i++) {
      const node = children[i]!;
      if (forest.state[node] === NodeState.ACTIVE) this.visitRole(roles.roleAt(node));
      else this.walkRoles(node);
    }
  }

  private visitRole(role: number): void {
    if (role < 0) return;
    const { roles, agents, ledger } = this.tables;
    if (this.stage === 1) {
      if (roles.hasGuarantees[role] === 1 && roles.isUnmet(role)) this.walkClients(role);
    } else if (agents.uniform[this.agent] === 1 && !ledger.requiredAny && roles.hasLimits[roles.topRole[role]!] === 0) {
      this.walkClientsForWhole(role);
    } else if (!this.offering.isPointless(this.agent, role)) {
      this.walkClients(role);
    }
  }

  /** Every client would be offered all that is left: the first that may and wants takes it. */
  private walkClientsForWhole(role: number): void {
    const { forest, roles } = this.tables;
    const root = roles.frameworkRoot[role]!;
    if (!forest.isRoot(root)) return;
    if (this.options.randomFrameworks) {
      const shuffle = this.shuffleOf(role, root);
      for (let node = shuffle.next(); node >= 0; node = shuffle.next()) {
        if (this.takesWhole(roles.clientAt(node))) return;
      }
      return;
    }
    const children = forest.children(root);
    const count = forest.childCount(root);
    for (let i = 0; i < count; i++) if (this.takesWhole(roles.clientAt(children[i]!))) return;
  }

  private takesWhole(client: number): boolean {
    if (client < 0) return false;
    const { agents, roles } = this.tables;
    const { agent } = this;
    this.counters.clientChecks++;
    if ((agents.bars[agent]! & roles.clientLacks[client]!) !== 0 || this.isExcluded(client)) return false;
    if (this.refusesWhole(client)) return false;
    if (!this.wholeReaches(roles.clientMinimum[client]!)) return false;
    this.offering.takeAll(agent);
    this.grant(client);
    return true;
  }

  /** Whether the client refused something on this agent that covers all that is left. */
  private refusesWhole(client: number): boolean {
    const { refusals } = this.tables;
    const list = refusals.of(this.agent);
    for (let i = 0; i < list.length; i++) {
      if (refusals.isRefusedBy(list[i]!, client) && this.coversWhole(list[i]!, i)) return true;
    }
    return false;
  }

  private coversWhole(refusal: number, at: number): boolean {
    const known = this.coverVerdicts[at];
    if (known === this.remainder || known === -this.remainder) return known > 0;
    const { agents, refusals } = this.tables;
    const { agent, offering } = this;
    offering.takeAll(agent);
    const covers = refusals.contains(refusal, offering.plain, agents.lots[agent]!, offering.lots);
    while (this.coverVerdicts.length < at) this.coverVerdicts.push(0);
    this.coverVerdicts[at] = covers ? this.remainder : -this.remainder;
    return covers;
  }

  private wholeReaches(minimum: number): boolean {
    const known = this.minimumVerdicts[minimum];
    if (known === this.remainder || known === -this.remainder) return known > 0;
    this.offering.takeAll(this.agent);
    const reached = this.offering.reachesMinimum(this.agent, minimum);
    while (this.minimumVerdicts.length < minimum) this.minimumVerdicts.push(0);
    this.minimumVerdicts[minimum] = reached ? this.remainder : -this.remainder;
    return reached;
  }

  private shuffleOf(role: number, root: number): Shuffle {
    const { forest, roles, agents } = this.tables;
    const salt = drawSalt(this.salt, agents.ordinal[this.agent]!, roles.treeSalt[role]!);
    return new Shuffle(this.leafWeights.of(forest, root), salt);
  }

  /** The general walk: what a client is offered depends on the role, the client, quota and headroom. */
  private walkClients(role: number): void {
    const { forest, roles } = this.tables;
    const root = roles.frameworkRoot[role]!;
    if (!forest.isRoot(root) || !this.offering.beginRole(this.agent, role, this.run)) return;
    if (this.options.randomFrameworks) {
      const shuffle = this.shuffleOf(role, root);
      for (let node = shuffle.next(); node >= 0; node = shuffle.next()) {
        if (!this.offerTo(role, roles.clientAt(node))) return;
      }
      return;
    }
    const children = forest.children(root);
    const count = forest.childCount(root);
    for (let i = 0; i < count; i++) if (!this.offerTo(role, roles.clientAt(children[i]!))) return;
  }

  /** Offers what the client may have; false when nothing is left for the role. */
  private offerTo(role: number, client: number): boolean {
    if (client < 0) return true;
    const { agents, roles, refusals } = this.tables;
    const { agent, offering } = this;
    this.counters.clientChecks++;
    if ((agents.bars[agent]! & roles.clientLacks[client]!) !== 0 || this.isExcluded(client)) return true;
    const can = roles.clientCan[client]!;
    const any = this.stage === 1 ? offering.shapeGuarantee(agent, role, can) : offering.shape(agent, role, can);
    if (!any || !offering.reachesMinimum(agent, roles.clientMinimum[client]!)) return true;
    for (const refusal of refusals.of(agent)) {
      if (!refusals.isRefusedBy(refusal, client)) continue;
      if (refusals.contains(refusal, offering.plain, agents.lots[agent]!, offering.lots)) return true;
    }
    this.grant(client);
    return (this.stage === 2 || roles.isUnmet(role)) && offering.beginRole(agent, role, this.run);
  }

  private isExcluded(client: number): boolean {
    const constraint = this.tables.roles.clientConstraint[client]!;
    if (constraint < 0) return false;
    return this.tables.excluded[constraint]?.[this.agent] === 1;
  }

  /** Gives the shaped offer to a client: the agent has it no longer, both sorters and the quota ledger count it. */
  private grant(client: number): void {
    const { forest, roles, agents, holds, ledger, grants } = this.tables;
    const { agent, offering } = this;
    const role = roles.clientRole[client]!;
    const clientNode = roles.clientNode[client]!;
    const roleNode = roles.roleNode[role]!;
    const lots = agents.lots[agent]!;
    if (offering.isWhole(agent)) grants.addWhole(client, agent);
    else grants.addPartial(client, agent, offering.plain, offering.lots, lots.length);
    this.counters.grants++;
    agents.grantedRun[agent] = this.run;
    offering.settle(agent, roles.topRole[role]!, this.run);
    this.remainder++;
    if (this.stage === 1) ledger.recount();
    forest.allocate(clientNode, offering.allocated, 0, 1);
    forest.allocate(roleNode, offering.allocated, 0, 1);
    for (let l = 0; l < lots.length; l++) {
      const lot = lots[l]!;
      if (offering.lots[l]! <= 0 || (lot.flags & LotFlag.SHARED) === 0) continue;
      holds.change(clientNode, agent, lot.descriptor, lot.kind, lot.amount, 1);
      holds.change(roleNode, agent, lot.descriptor, lot.kind, lot.amount, 1);
    }
    this.anythingLeft = agents.hasAnything(agent);
  }
}
