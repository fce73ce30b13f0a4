/** The grants of one cycle, as flat integers and amounts that grow by doubling. Twin of native/core/grants. */
import { GRANT_STRIDE, GRANT_WHOLE } from './engine.js';
import { grown } from './grown.js';

export class GrantList {
  records = new Int32Array(256 * GRANT_STRIDE);
  amounts = new Float64Array(1024);
  count = 0;
  private amountCount = 0;

  clear(): void {
    this.count = 0;
    this.amountCount = 0;
  }

  private addRecord(client: number, agent: number, shape: number): void {
    const at = this.count * GRANT_STRIDE;
    const { length } = this.records;
    if (at + GRANT_STRIDE > length) this.records = grown(Int32Array, this.records, length * 2);
    this.records[at] = client;
    this.records[at + 1] = agent;
    this.records[at + 2] = shape;
    this.records[at + 3] = this.amountCount;
    this.count++;
  }

  addWhole(client: number, agent: number): void {
    this.addRecord(client, agent, GRANT_WHOLE);
  }

  /** `plain` has one amount for each kind, `lots` one for each lot of the agent; lots of 0 are left out. */
  addPartial(client: number, agent: number, plain: Float64Array, lots: Float64Array, lotCount: number): void {
    let given = 0;
    for (let l = 0; l < lotCount; l++) if (lots[l]! > 0) given++;
    this.addRecord(client, agent, given);
    const needed = this.amountCount + plain.length + 2 * given;
    if (needed > this.amounts.length) {
      this.amounts = grown(Float64Array, this.amounts, Math.max(needed, this.amounts.length * 2));
    }
    for (const amount of plain) this.amounts[this.amountCount++] = amount;
    for (let l = 0; l < lotCount; l++) {
      if (lots[l]! > 0) {
        this.amounts[this.amountCount++] = l;
        this.amounts[this.amountCount++] = lots[l]!;
      }
    }
  }
}
