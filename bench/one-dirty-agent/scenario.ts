/** A batch cycle when one agent of very many has something to offer: the price of one change. */
import type { Offer } from '../../src/allocator/model.js';
import { allocatorContenders } from '../house/contenders.js';
import { ADDING, INTERVAL_MS, recoverAll } from '../house/cluster.js';
import { addCluster } from '../house/declining.js';
import { problem, TWINS, us } from '../house/problem.js';

export default problem<{ agents: number; frameworks: number }>({
  name: 'one-dirty-agent',
  title: 'One dirty agent: one offer came back',
  shape:
    "DeclineOffers' cluster with every offer out. Before each batch cycle one offer is given back without a filter " +
    '(untimed); the cycle offers it to the framework with the lowest share.',
  parameters: { agents: 'agents of the cluster', frameworks: 'frameworks, all in role *' },
  metrics: {
    ...ADDING,
    cycle: us('one batch cycle'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 10, frameworks: 5 } }],
    quick: [
      { name: 'small', size: { agents: 100, frameworks: 20 }, contenders: TWINS },
      { name: 'large', size: { agents: 1000, frameworks: 20 } },
    ],
    default: [
      { name: 'small', size: { agents: 1000, frameworks: 1000 } },
      { name: 'large', size: { agents: 10_000, frameworks: 1000 } },
      { name: 'huge', size: { agents: 50_000, frameworks: 1000 }, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    let out: readonly Offer[] = addCluster(run, allocator, size).slice(0, 1);
    let nowMs = 0;
    const giveBack = (): void => recoverAll(allocator, out, null);
    const cycle = (): void => {
      nowMs += INTERVAL_MS;
      out = allocator.run(nowMs).offers;
    };
    for (let i = 1; i <= 20; i++) {
      giveBack();
      cycle();
      run.seeOffers(`change ${i}`, out);
    }
    let others = 0;
    run.repeat(
      'cycle',
      () => {
        cycle();
        if (out.length !== 1) others++;
      },
      { before: giveBack },
    );
    run.see('cycles without exactly one offer', others);
    allocator.close();
  }),
});
