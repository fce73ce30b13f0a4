/**
 * One allocation cycle over the open candidates: stage 1 for unmet guarantees, stage 2 for everybody. Twin of
 * native/core/cycle.
 *
 * Skipping is exact: an agent is closed only when a whole visit granted nothing, and every change that could make some
 * client interested opens it again (docs/allocator.md, section 13). With nothing open a cycle does nothing.
 */
import { stageSalt } from '../../base/mix32.js';
import type { EngineCounters, EngineOptions } from './engine.js';
import { VisitOrder } from './visit-order.js';
import { Visit, type EngineTables } from './visit.js';

export class Cycle {
  /** Set when quota, consumption or headroom may have moved since the last cycle. */
  quotaMoved = true;
  /** Set when some client may now take what it could not before, on any agent. */
  relaxed = true;
  private readonly visit: Visit;
  private readonly order = new VisitOrder();
  private readonly candidates: number[] = [];

  constructor(
    private readonly tables: EngineTables,
    private readonly options: EngineOptions,
    private readonly counters: EngineCounters,
  ) {
    this.visit = new Visit(tables, options, counters);
  }

  /** Runs the cycle numbered `run`; the grants are in the grant list afterwards. */
  start(run: number, allAgents: boolean): void {
    const { agents, ledger, grants } = this.tables;
    this.counters.cycles++;
    grants.clear();
    if (this.quotaMoved) {
      ledger.begin();
      if (ledger.hasRelaxed()) this.relaxed = true;
      this.quotaMoved = false;
    }
    if (this.relaxed || !this.options.incremental) {
      agents.openAll();
      ledger.heldBack = false;
      this.relaxed = false;
    }
    const list = allAgents ? agents.open : agents.named;
    if (list.length > 0 && this.somebodyIsActive()) this.gather(list);
    else this.candidates.length = 0;
    agents.clearNamed();
    if (this.candidates.length === 0) return;
    ledger.begin();
    if (ledger.requiredAny) this.runStage(run, 1);
    this.runStage(run, 2);
    ledger.end();
    // Stage 2 may have met guarantees which `required` still counted: look again before saying that nothing moved.
    this.quotaMoved = ledger.heldBack;
    this.close(run);
  }

  /** Whether any client can be offered anything; if not, agents stay open until one can. */
  private somebodyIsActive(): boolean {
    const { forest, roles } = this.tables;
    for (let role = 0; role < roles.capacity; role++) {
      if (!roles.roleExists(role) || !forest.isRoot(roles.frameworkRoot[role]!)) continue;
      forest.children(roles.frameworkRoot[role]!);
      if (forest.childCount(roles.frameworkRoot[role]!) > 0) return true;
    }
    return false;
  }

  /** Collects the agents worth a visit; those that cannot be offered wait until a change opens them again. */
  private gather(list: readonly number[]): void {
    const { agents } = this.tables;
    this.candidates.length = 0;
    for (const agent of list) {
      if (!agents.isOpen(agent)) continue;
      const offerable = agents.exists(agent) && agents.offerable[agent] === 1;
      if (offerable && agents.hasAnything(agent)) this.candidates.push(agent);
      else agents.closeAgent(agent);
    }
    if (this.candidates.length === 0) agents.compactOpen();
  }

  private runStage(run: number, stage: number): void {
    const { agents, ledger } = this.tables;
    const salt = stageSalt(this.options.seed, run, stage);
    const ordered = this.order.of(this.candidates, agents.ordinal, salt);
    this.visit.beginStage(run, stage, salt);
    for (let i = 0; i < this.candidates.length; i++) {
      if (stage === 1 && !ledger.requiredAny) return;
      this.visit.visit(ordered[i]!);
    }
  }

  /** Closes the visited agents that interested nobody. Those whose remainder was never looked at stay open. */
  private close(run: number): void {
    const { agents, roles, ledger } = this.tables;
    const governed = roles.limitedCount > 0 || ledger.requiredAny;
    for (const agent of this.candidates) {
      const mayInterest = agents.grantedRun[agent] === run || (governed && agents.indivisible[agent] === 1);
      if (!mayInterest || !agents.hasAnything(agent)) agents.closeAgent(agent);
    }
    agents.compactOpen();
  }
}
