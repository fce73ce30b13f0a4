/**
 * DeclineOffers: every offer is declined for good, round after round. Before round r each agent carries r + 1
 * filters, so a cycle has to walk past more and more frameworks that refused the agent.
 */
import { addCluster, declineRounds } from '../house/declining.js';
import { ADDING } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';
import { objectsContender } from './objects.js';

export default problem<{ agents: number; frameworks: number; rounds: number }>({
  name: 'decline-offers',
  title: 'DeclineOffers: every offer is declined for a year',
  shape:
    'Agents of cpus:24; mem:4096; disk:4096; ports, two thirds of cpus in use, 15 single ports left. Each round: ' +
    'all offers are declined (timed apart), then one batch cycle over all agents is timed.',
  parameters: {
    agents: 'agents of the cluster',
    frameworks: 'frameworks, all in role *',
    rounds: 'cycles timed, each after all offers were declined',
  },
  metrics: {
    ...ADDING,
    'round 0': ms('first cycle after all was declined'),
    cycle: ms('median of all rounds'),
    decline: ms('decline all offers of a cycle'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 12, frameworks: 5, rounds: 6 } }],
    quick: [
      { name: 'small', size: { agents: 200, frameworks: 40, rounds: 8 } },
      { name: 'large', size: { agents: 2000, frameworks: 40, rounds: 8 }, contenders: TWINS },
    ],
    default: [
      { name: 'small', size: { agents: 1000, frameworks: 100, rounds: 39 } },
      { name: 'large', size: { agents: 10_000, frameworks: 1000, rounds: 39 }, contenders: TWINS },
      { name: 'huge', size: { agents: 50_000, frameworks: 6000, rounds: 12 }, contenders: TWINS },
    ],
  },
  contenders: {
    ...allocatorContenders((run, size, make) => {
      const allocator = make();
      declineRounds(run, allocator, addCluster(run, allocator, size), size.rounds);
      run.work(allocator.counters());
      allocator.close();
    }),
    objects: objectsContender,
  },
});
