/** AddAndUpdateSlave: agents that are partly in use are added, then every one gains revocable resources. */
import { scalar } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { Resources } from '../../src/resources/resources.js';
import { ADDING, agentId, eachItsOwn, frameworksIn, MULTI_ROLE, partlyUsedAgents } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';

const TOTAL = 'cpus:2;mem:1024;disk:4096;ports:[31000-32000]';
const USED = 'cpus:1;mem:128;disk:1024;ports:[31126-31510,31512-31623,31810-31852,31854-31964]';

export default problem<{ agents: number; frameworks: number }>({
  name: 'add-and-update-agent',
  title: 'AddAndUpdateSlave: agents are added, then all gain revocable resources',
  shape:
    'Agents in part used by the frameworks are added, and the allocation that they ask for is run; then the total of ' +
    'every agent grows by revocable cpus:10, and the allocation that this asks for is run.',
  parameters: { agents: 'agents of the cluster', frameworks: 'frameworks, all in role *' },
  metrics: {
    ...ADDING,
    'update agents': ms('update all agents and run the allocation that they ask for'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 10, frameworks: 4 } }],
    quick: [{ name: 'large', size: { agents: 1000, frameworks: 100 }, repeats: 3, contenders: TWINS }],
    default: [
      { name: 'small', size: { agents: 1000, frameworks: 1000 }, repeats: 7 },
      { name: 'large', size: { agents: 10_000, frameworks: 1000 }, repeats: 7 },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    const frameworks = frameworksIn('*', size.frameworks, [...MULTI_ROLE, 'REVOCABLE_RESOURCES']);
    const agents = partlyUsedAgents({ ...size, total: TOTAL, used: USED });
    const grown = eachItsOwn(size.agents, () => {
      return parseResources(TOTAL).plus(Resources.of([scalar('cpus', 10, { revocable: true })]));
    });
    run.once('add frameworks', () => {
      for (const framework of frameworks) allocator.addFramework(framework);
    });
    const added = run.once('add agents', () => {
      for (const agent of agents) allocator.addAgent(agent);
      return allocator.run(0);
    });
    run.seeOffers('after adding', added.offers);
    const updated = run.once('update agents', () => {
      grown.forEach((total, i) => allocator.updateAgent(agentId(i), { total }));
      return allocator.run(0);
    });
    run.seeOffers('after updating', updated.offers);
    run.work(allocator.counters());
    allocator.close();
  }),
});
