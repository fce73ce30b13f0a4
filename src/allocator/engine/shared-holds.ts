/**
 * Who holds copies of a shared lot. Twin of native/core/shared_holds.
 *
 * A shared persistent volume may be held in several copies, but counts once for the share of each sorter node, however
 * many clients below that node hold it. So every shared lot keeps a count of copies for each node.
 */
import type { SorterForest } from './sorter-forest.js';

interface Hold {
  node: number;
  copies: number;
}

/** As many as ids can tell apart. */
const DESCRIPTORS = 1 << 24;

export class SharedHolds {
  private readonly byLot = new Map<number, Hold[]>();

  constructor(private readonly forest: SorterForest) {}

  /** Adds copies (negative: takes away) to a leaf and its ancestors; amounts follow the first and the last copy. */
  change(leaf: number, agent: number, descriptor: number, kind: number, amount: number, copies: number): void {
    const { forest } = this;
    const key = agent * DESCRIPTORS + descriptor;
    let holds = this.byLot.get(key);
    if (holds === undefined) this.byLot.set(key, (holds = []));
    for (let node = leaf; node >= 0; node = forest.parent[node]!) {
      let at = holds.findIndex((hold) => hold.node === node);
      if (at < 0) at = holds.push({ node, copies: 0 }) - 1;
      const hold = holds[at]!;
      const before = hold.copies;
      hold.copies += copies;
      const sign = before <= 0 && hold.copies > 0 ? 1 : before > 0 && hold.copies <= 0 ? -1 : 0;
      if (sign !== 0) {
        forest.allocation[node * forest.kinds + kind]! += sign * amount;
        if (forest.parent[node]! >= 0) forest.touch(node);
      }
      if (hold.copies <= 0) holds.splice(at, 1);
    }
    if (holds.length === 0) this.byLot.delete(key);
  }

  /** Gives what `from` holds to `to` as well: a leaf that becomes a parent hands its copies to its virtual leaf. */
  copyNode(from: number, to: number): void {
    for (const holds of this.byLot.values()) {
      const hold = holds.find((h) => h.node === from);
      if (hold === undefined) continue;
      const known = holds.findIndex((h) => h.node === to);
      if (known >= 0) holds.splice(known, 1);
      holds.push({ node: to, copies: hold.copies });
    }
  }

  dropNode(node: number): void {
    for (const [key, holds] of this.byLot) {
      const at = holds.findIndex((hold) => hold.node === node);
      if (at >= 0) holds.splice(at, 1);
      if (holds.length === 0) this.byLot.delete(key);
    }
  }
}
