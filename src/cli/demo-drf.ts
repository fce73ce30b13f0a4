/**
 * The example of the DRF paper (Ghodsi et al., NSDI 2011): 9 CPUs and 18 GB, user A runs tasks of 1 CPU and 4 GB, user
 * B tasks of 3 CPUs and 1 GB. Whoever has the smaller dominant share is served next, until nothing fits.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import { DRFSorter } from '../allocator/sorter.js';
import { Resources } from '../resources/resources.js';
import { formatTable } from './table.js';

const CLUSTER = Resources.fromScalars({ cpus: 9, mem: 18 });
const DEMANDS: Readonly<Record<string, Resources>> = {
  A: Resources.fromScalars({ cpus: 1, mem: 4 }),
  B: Resources.fromScalars({ cpus: 3, mem: 1 }),
};

function fraction(share: number): string {
  return `${Math.round(share * 18)}/18`;
}

/** The example step by step as a table, and what each user ends with. */
export function demonstrateDrf(engine: EngineFactory): string {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('cluster', CLUSTER.scalarQuantities());
  for (const user of Object.keys(DEMANDS)) {
    sorter.add(user);
    sorter.activate(user);
  }
  const rows: string[][] = [];
  let free = CLUSTER;
  const tasks: Record<string, number> = { A: 0, B: 0 };
  for (let step = 1; ; step++) {
    const shares = sorter.shares();
    const user = sorter.sort().find((candidate) => free.contains(DEMANDS[candidate]!));
    if (user === undefined) break;
    free = free.minus(DEMANDS[user]!);
    sorter.allocated(user, 'cluster', DEMANDS[user]!);
    tasks[user]!++;
    const after = sorter.shares();
    rows.push([String(step), `${fraction(shares['A']!)}  ${fraction(shares['B']!)}`, user, DEMANDS[user]!.toString(),
      `${fraction(after['A']!)}  ${fraction(after['B']!)}`, free.isEmpty ? 'nothing' : free.toString()]);
  }
  sorter.close();
  const head = ['step', 'shares A, B', 'next', 'gets', 'shares after', 'free'];
  const count = `A runs ${tasks['A']} tasks and B runs ${tasks['B']}`;
  const summary = `${count}: both hold two thirds of their dominant resource.`;
  return `${formatTable(head, rows)}\n\n${summary}`;
}
