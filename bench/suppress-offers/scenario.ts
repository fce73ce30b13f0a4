/**
 * SuppressOffers: before each of five cycles all offers come back and another fifth of the frameworks is suppressed.
 */
import { ADDING } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';
import { suppressRounds } from '../house/suppressing.js';

export default problem<{ agents: number; frameworks: number }>({
  name: 'suppress-offers',
  title: 'SuppressOffers: a fifth of the frameworks more is suppressed each cycle',
  shape:
    'Agents partly in use. Before each of 5 cycles all offers are given back without filters and a fifth of the ' +
    'frameworks more is suppressed; in cycle 5 all are, and nothing is offered.',
  parameters: { agents: 'agents of the cluster', frameworks: 'frameworks, all in role *' },
  metrics: {
    ...ADDING,
    recover: ms('give all offers of a cycle back'),
    'cycle 1': ms('a fifth suppressed'),
    'cycle 2': ms('two fifths suppressed'),
    'cycle 3': ms('three fifths suppressed'),
    'cycle 4': ms('four fifths suppressed'),
    'cycle 5': ms('all suppressed'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 10, frameworks: 10 } }],
    quick: [
      { name: 'small', size: { agents: 300, frameworks: 50 }, repeats: 3, contenders: TWINS },
      { name: 'large', size: { agents: 3000, frameworks: 50 }, repeats: 3, contenders: TWINS },
    ],
    default: [
      { name: 'small', size: { agents: 1000, frameworks: 1000 }, repeats: 5 },
      { name: 'large', size: { agents: 10_000, frameworks: 1000 }, repeats: 5 },
      { name: 'huge', size: { agents: 50_000, frameworks: 1000 }, repeats: 3, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    const fifth = Math.floor(size.frameworks / 5);
    suppressRounds(run, allocator, size, (cycle) => [(cycle - 1) * fifth, cycle * fifth]);
    run.work(allocator.counters());
    allocator.close();
  }),
});
