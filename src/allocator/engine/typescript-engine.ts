/**
 * The pure TypeScript allocation engine: the twin of native/core, function by function. It is chosen when the addon
 * cannot be loaded, and it is the reference that the addon is compared with.
 */
import { AgentTable } from './agent-table.js';
import { Cycle } from './cycle.js';
import {
  type AllocationEngine,
  checkOptions,
  type EngineCounters,
  type EngineOptions,
  OPS_CAPACITY,
} from './engine.js';
import { GrantList } from './grants.js';
import { Interpreter } from './interpreter.js';
import { QuotaLedger } from './quota-ledger.js';
import { RefusalTable } from './refusals.js';
import { RoleTable } from './role-table.js';
import { SharedHolds } from './shared-holds.js';
import { LeafWeights, Shuffle } from './shuffle.js';
import { SorterForest } from './sorter-forest.js';
import { ValueTable } from './value-table.js';
import type { EngineTables } from './visit.js';

export class TypeScriptEngine implements AllocationEngine {
  readonly name = 'typescript';
  readonly kinds: number;
  readonly ops = new Float64Array(OPS_CAPACITY);
  private readonly tables: EngineTables;
  private readonly work: EngineCounters = { cycles: 0, visits: 0, clientChecks: 0, grants: 0, sorts: 0 };
  private readonly cycleOfTables: Cycle;
  private readonly interpreter: Interpreter;
  private readonly leafWeights = new LeafWeights();
  private closed = false;

  constructor(options: EngineOptions) {
    checkOptions(options);
    this.kinds = options.kinds;
    const forest = new SorterForest(options.kinds, options.incremental, options.hierarchicalRoles);
    const roles = new RoleTable(options.kinds);
    const agents = new AgentTable(options.kinds);
    const values = new ValueTable();
    this.tables = {
      forest,
      roles,
      agents,
      values,
      refusals: new RefusalTable(options.kinds, values),
      holds: new SharedHolds(forest),
      ledger: new QuotaLedger(roles, agents),
      grants: new GrantList(),
      excluded: [],
    };
    this.cycleOfTables = new Cycle(this.tables, options, this.work);
    this.interpreter = new Interpreter(this.tables, this.cycleOfTables, options.kinds, this.ops);
  }

  get grants(): Int32Array {
    return this.tables.grants.records;
  }

  get amounts(): Float64Array {
    return this.tables.grants.amounts;
  }

  private mustBeOpen(): void {
    if (this.closed) throw new TypeError('the engine is closed');
  }

  apply(length: number): void {
    this.mustBeOpen();
    this.interpreter.apply(length);
  }

  cycle(run: number, allAgents: boolean): number {
    this.mustBeOpen();
    if (!Number.isSafeInteger(run) || run < 0) throw new RangeError(`run ${run} is no natural number`);
    this.cycleOfTables.start(run, allAgents);
    return this.tables.grants.count;
  }

  private mustBeNode(node: number): void {
    this.mustBeOpen();
    const exists = Number.isInteger(node) && this.tables.forest.exists(node);
    if (!exists) throw new RangeError(`node ${node} does not exist`);
  }

  private mustFit(needed: number, length: number): void {
    if (needed > length) throw new RangeError(`there is room for ${length} numbers, not for ${needed}`);
  }

  sort(root: number, out: Int32Array): number {
    this.mustBeNode(root);
    const length = this.tables.forest.listLeaves(root, out, 0);
    this.mustFit(length, out.length);
    return length;
  }

  shuffle(root: number, salt: number, out: Int32Array): number {
    this.mustBeNode(root);
    if (salt >>> 0 !== salt) throw new RangeError(`salt ${salt} is no 32-bit integer`);
    const shuffle = new Shuffle(this.leafWeights.of(this.tables.forest, root), salt);
    let length = 0;
    for (let node = shuffle.next(); node >= 0; node = shuffle.next()) out[length++] = node;
    this.mustFit(length, out.length);
    return length;
  }

  readNode(node: number, out: Float64Array): void {
    this.mustBeNode(node);
    this.mustFit(2 + this.kinds, out.length);
    const { forest } = this.tables;
    forest.lookAtTotals();
    out[0] = forest.currentShare(node);
    out[1] = forest.grants[node]!;
    for (let k = 0; k < this.kinds; k++) out[2 + k] = forest.allocation[node * this.kinds + k]!;
  }

  counters(): EngineCounters {
    this.mustBeOpen();
    return { ...this.work, sorts: this.tables.forest.sorts };
  }

  close(): void {
    this.closed = true;
  }
}
