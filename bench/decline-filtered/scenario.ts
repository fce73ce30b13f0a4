/**
 * The steady states of DeclineOffers that Mesos' own benchmark runs towards: half of all (framework, agent) pairs
 * filtered, and all of them. With everything filtered and nothing changed there is nothing to do; after every agent's
 * availability changed a little, each filter has to be looked at once more.
 */
import { allocatorContenders } from '../house/contenders.js';
import { ADDING, agentId, FOREVER, INTERVAL_MS, lessOf, recoverAll } from '../house/cluster.js';
import { addCluster, DECLINE_TOTAL } from '../house/declining.js';
import { ms, problem, TWINS, us } from '../house/problem.js';

/** Rounds timed around the middle, and times that everything is looked at again. */
const HALF_ROUNDS = 5;
const LOOKS = 5;

export default problem<{ agents: number; frameworks: number }>({
  name: 'decline-filtered',
  title: 'DeclineOffers: half of all pairs filtered, and all of them',
  shape:
    "DeclineOffers' cluster after half of all frameworks, then after all, have declined every agent for a year. " +
    'Untimed rounds lead there.',
  parameters: { agents: 'agents of the cluster', frameworks: 'frameworks, all in role *' },
  metrics: {
    ...ADDING,
    'half filtered': ms('cycle with half of all pairs filtered: every agent goes to one of the other half'),
    'all filtered': us('cycle with everything filtered and nothing changed'),
    'looked at again': ms('cycle after the availability of every agent shrank a little: every filter still holds'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 10, frameworks: 12 } }],
    quick: [{ name: 'large', size: { agents: 300, frameworks: 60 } }],
    default: [
      { name: 'small', size: { agents: 1000, frameworks: 100 } },
      { name: 'large', size: { agents: 10_000, frameworks: 1000 }, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    let offers = addCluster(run, allocator, size);
    let nowMs = 0;
    const round = (timed: boolean): void => {
      recoverAll(allocator, offers, FOREVER);
      nowMs += INTERVAL_MS;
      offers = (timed ? run.once('half filtered', () => allocator.run(nowMs)) : allocator.run(nowMs)).offers;
    };
    const half = Math.floor(size.frameworks / 2);
    for (let i = 0; i < size.frameworks; i++) {
      const timed = i >= half && i < half + HALF_ROUNDS;
      round(timed);
      if (timed || i === size.frameworks - 2) run.seeOffers(`round ${i}`, offers);
    }
    run.see('offers when all is filtered', offers.length);
    run.repeat('all filtered', () => allocator.run((nowMs += INTERVAL_MS)));
    for (let look = 1; look <= LOOKS; look++) {
      allocator.pause();
      for (let i = 0; i < size.agents; i++) {
        allocator.updateAgent(agentId(i), { total: lessOf(DECLINE_TOTAL, 'disk', look) });
      }
      allocator.resume();
      allocator.counters();
      offers = run.once('looked at again', () => allocator.run((nowMs += INTERVAL_MS))).offers;
      run.see(`offers when all is looked at again (${look})`, offers.length);
    }
    allocator.close();
  }),
});
