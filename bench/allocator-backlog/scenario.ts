/** AllocatorBacklog: every framework revives its offers when there is nothing left to offer. */
import { parseResources } from '../../src/resources/parse-text.js';
import { ADDING, agentId, eachItsOwn, frameworkId, frameworksIn } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';

const TOTAL = 'cpus:24;mem:4096;disk:4096;ports:[31000-32000]';

export default problem<{ agents: number; frameworks: number }>({
  name: 'allocator-backlog',
  title: 'AllocatorBacklog: every framework revives its offers, all of which are out',
  shape:
    'Unused agents are added and offered whole. Then every framework revives: once with one run for all of them, as ' +
    'Mesos batches them, and once with a run after each.',
  parameters: { agents: 'agents of the cluster', frameworks: 'frameworks, all in role *' },
  metrics: {
    ...ADDING,
    revive: ms('every framework revives, then one run'),
    'revive each': ms('every framework revives, with a run after each'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 10, frameworks: 5 } }],
    quick: [{ name: 'large', size: { agents: 1000, frameworks: 100 }, repeats: 3, contenders: TWINS }],
    default: [
      { name: 'small', size: { agents: 1000, frameworks: 1000 }, repeats: 7, contenders: TWINS },
      { name: 'large', size: { agents: 10_000, frameworks: 1000 }, repeats: 7, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    const frameworks = frameworksIn('*', size.frameworks);
    const agents = eachItsOwn(size.agents, (i) => ({ id: agentId(i), total: parseResources(TOTAL) }));
    run.once('add frameworks', () => {
      for (const framework of frameworks) allocator.addFramework(framework);
    });
    const added = run.once('add agents', () => {
      for (const agent of agents) allocator.addAgent(agent);
      return allocator.run(0);
    });
    run.seeOffers('after adding', added.offers);
    const revived = run.once('revive', () => {
      for (let i = 0; i < size.frameworks; i++) allocator.reviveOffers(frameworkId(i));
      return allocator.run(0);
    });
    run.seeOffers('after reviving', revived.offers);
    let offered = 0;
    run.once('revive each', () => {
      for (let i = 0; i < size.frameworks; i++) {
        allocator.reviveOffers(frameworkId(i));
        offered += allocator.run(0).offers.length;
      }
    });
    run.see('offers while each was reviving', offered);
    run.work(allocator.counters());
    allocator.close();
  }),
});
