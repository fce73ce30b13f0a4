/**
 * Executes engine programs (see `opcodes.ts`): hands each operation to its handler. A bad operation throws a
 * RangeError; operations before it have been executed. Twin of native/core/interpreter.
 */
import { AGENT_OPERATIONS } from './agent-operations.js';
import { CLIENT_OPERATIONS } from './client-operations.js';
import type { Cycle } from './cycle.js';
import { type Handler, Operands } from './operands.js';
import { SORTER_OPERATIONS } from './sorter-operations.js';
import type { EngineTables } from './visit.js';

const HANDLERS: Handler[] = [];
for (const [opcode, handler] of [...SORTER_OPERATIONS, ...CLIENT_OPERATIONS, ...AGENT_OPERATIONS]) {
  HANDLERS[opcode] = handler;
}

export class Interpreter {
  private readonly operands: Operands;

  constructor(
    tables: EngineTables,
    cycle: Cycle,
    kinds: number,
    private readonly ops: Float64Array,
  ) {
    this.operands = new Operands(tables, cycle, kinds, ops);
  }

  apply(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.ops.length) {
      throw new RangeError(`program length ${length} is not within the operation buffer of ${this.ops.length}`);
    }
    const { operands } = this;
    operands.start(length);
    while (!operands.atEnd) {
      const handler = HANDLERS[operands.opcode()];
      if (handler === undefined) operands.fail('is not an operation');
      else handler(operands);
    }
  }
}
