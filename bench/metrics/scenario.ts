/** Metrics: quotas on very many roles, agents added under them, and a snapshot of all metrics. */
import { parseResources } from '../../src/resources/parse-text.js';
import { agentId, eachItsOwn, frameworkId, MULTI_ROLE } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';
import { quotaOf } from '../house/quotas.js';

const AGENT = 'cpus:16;mem:2048;disk:1024';
const QUOTA = quotaOf({ cpus: 1, mem: 512, disk: 256 });

export default problem<{ agents: number; roles: number }>({
  name: 'metrics',
  title: 'Metrics: quotas on every role, agents, and a snapshot',
  shape:
    'Roles with quota cpus:1; mem:512; disk:256 and a framework each; unused agents of cpus:16; mem:2048; ' +
    'disk:1024 are added and what they ask for is run; then all metrics are collected, written as JSON and read ' +
    'again.',
  parameters: { agents: 'agents of the cluster', roles: 'roles, and frameworks' },
  metrics: {
    'set quotas': ms('set the quota of all roles'),
    'add frameworks': ms('add all frameworks'),
    'add agents': ms('add all agents and run the allocation that they ask for'),
    snapshot: ms('collect all metrics, write and read them as JSON'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 8, roles: 5 } }],
    quick: [{ name: 'large', size: { agents: 1000, roles: 100 }, repeats: 3, contenders: TWINS }],
    default: [
      { name: 'small', size: { agents: 1000, roles: 1000 }, repeats: 5 },
      { name: 'large', size: { agents: 10_000, roles: 1000 }, repeats: 5, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    run.once('set quotas', () => {
      for (let i = 0; i < size.roles; i++) allocator.updateQuota(String(i), QUOTA);
      allocator.counters();
    });
    run.once('add frameworks', () => {
      for (let i = 0; i < size.roles; i++) {
        allocator.addFramework({ id: frameworkId(i), roles: [String(i)], capabilities: MULTI_ROLE });
      }
      allocator.counters();
    });
    const agents = eachItsOwn(size.agents, (i) => ({ id: agentId(i), total: parseResources(AGENT) }));
    const { offers } = run.once('add agents', () => {
      for (const agent of agents) allocator.addAgent(agent);
      return allocator.run(0);
    });
    run.seeOffers('after adding', offers);
    const snapshot = run.once('snapshot', () => JSON.stringify(JSON.parse(JSON.stringify(allocator.metrics()))));
    run.see('snapshot', snapshot);
    run.work(allocator.counters());
    allocator.close();
  }),
});
