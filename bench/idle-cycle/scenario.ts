/** A batch cycle when everything is offered already and nothing changed since: the price of being there. */
import { allocatorContenders } from '../house/contenders.js';
import { ADDING, INTERVAL_MS } from '../house/cluster.js';
import { addCluster } from '../house/declining.js';
import { problem, TWINS, us } from '../house/problem.js';

export default problem<{ agents: number; frameworks: number }>({
  name: 'idle-cycle',
  title: 'Idle cycle: everything is offered, nothing changed',
  shape: "DeclineOffers' cluster with every offer out; then batch cycles, one second of the caller's clock apart.",
  parameters: { agents: 'agents of the cluster', frameworks: 'frameworks, all in role *' },
  metrics: {
    ...ADDING,
    cycle: us('one batch cycle'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 10, frameworks: 5 } }],
    quick: [{ name: 'large', size: { agents: 1000, frameworks: 20 } }],
    default: [
      { name: 'small', size: { agents: 1000, frameworks: 1000 } },
      { name: 'large', size: { agents: 10_000, frameworks: 1000 } },
      { name: 'huge', size: { agents: 50_000, frameworks: 1000 }, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    addCluster(run, allocator, size);
    let nowMs = 0;
    let offered = 0;
    run.repeat('cycle', () => {
      nowMs += INTERVAL_MS;
      offered += allocator.run(nowMs).offers.length;
    });
    run.see('offers of idle cycles', offered);
    allocator.close();
  }),
});
