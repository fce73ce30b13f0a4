/** ExtremeSuppressOffers: 99 of a hundred frameworks are suppressed from the start. */
import { ADDING } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';
import { suppressRounds } from '../house/suppressing.js';

export default problem<{ agents: number; frameworks: number }>({
  name: 'extreme-suppress-offers',
  title: 'ExtremeSuppressOffers: 99 % of the frameworks are suppressed',
  shape:
    'Agents partly in use; 99 % of the frameworks are suppressed before cycle 1, then all offers are given back ' +
    'before each of 5 cycles.',
  parameters: { agents: 'agents of the cluster', frameworks: 'frameworks, all in role *' },
  metrics: {
    ...ADDING,
    recover: ms('give all offers of a cycle back'),
    'cycle 1': ms('first cycle'),
    'cycle 2': ms('second cycle'),
    'cycle 3': ms('third cycle'),
    'cycle 4': ms('fourth cycle'),
    'cycle 5': ms('fifth cycle'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 10, frameworks: 10 } }],
    quick: [{ name: 'large', size: { agents: 1000, frameworks: 200 }, repeats: 3, contenders: TWINS }],
    default: [{ name: 'large', size: { agents: 10_000, frameworks: 1000 }, repeats: 5 }],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    const most = Math.floor(size.frameworks * 0.99);
    suppressRounds(run, allocator, size, (cycle) => (cycle === 1 ? [0, most] : [0, 0]));
    run.work(allocator.counters());
    allocator.close();
  }),
});
