/**
 * Dynamic hierarchical DRF, written from docs/allocator.md: what is below a path counts scaled to the share of the
 * poorest there; kinds that are used up do not count; who can take nothing more is added unscaled. Everything is worked
 * out anew whenever somebody asks.
 */
import { NOTHING, plus, type Amounts } from './amounts.js';
import { OracleDrfSorter, type SorterNode } from './sorter.js';

export class OracleHdrfSorter extends OracleDrfSorter {
  protected override shareOf(node: SorterNode): number {
    const counted = this.counted(node);
    let share = 0;
    for (const [name, totalMilli] of this.totals) {
      if (!this.isFair(name) || this.isUsedUp(name)) continue;
      share = Math.max(share, (counted.get(name) ?? 0) / totalMilli);
    }
    return share / this.weightOf(node);
  }

  private isUsedUp(name: string): boolean {
    const totalMilli = this.totals.get(name) ?? 0;
    return totalMilli > 0 && (this.root.quantities.get(name) ?? 0) >= totalMilli;
  }

  /** Who can take nothing more: who is inactive, and who holds something that is used up. */
  private isBlocked(node: SorterNode): boolean {
    if (node.kind === 'inner') return node.children.every((child) => this.isBlocked(child));
    if (node.kind === 'inactive') return true;
    return [...node.quantities.keys()].some((name) => this.isFair(name) && this.isUsedUp(name));
  }

  private counted(node: SorterNode): Amounts {
    if (node.kind !== 'inner') return node.quantities;
    const free = node.children.filter((child) => !this.isBlocked(child));
    const least = Math.min(...free.map((child) => this.shareOf(child)));
    const parts = node.children.map((child) => {
      const share = this.shareOf(child);
      const counted = this.counted(child);
      if (!free.includes(child) || share <= least) return counted;
      this.note('amounts scaled down');
      return new Map([...counted].map(([name, milli]) => [name, Math.floor(milli * (least / share))]));
    });
    return parts.reduce(plus, NOTHING);
  }
}
