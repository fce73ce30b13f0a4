/** PersistentVolumes: every agent has a volume of its own, shared or not, beside static reservations. */
import type { AgentOptions, Offer } from '../../src/allocator/model.js';
import { type Extras, scalar } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { Resources } from '../../src/resources/resources.js';
import {
  ADDING,
  agentId,
  eachItsOwn,
  fragmentedPorts,
  frameworkId,
  frameworksIn,
  INTERVAL_MS,
  MULTI_ROLE,
  recoverAll,
} from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';

const CYCLES = 6;
const LARGE = { agents: 10_000, frameworks: 1000 };
const TOTAL = 'cpus(test):24;mem(test):4096;disk(test):3072;ports(test):[31000-32000]';
const USED = `cpus(test):16;mem(test):1024;disk(test):1024;ports(test):${fragmentedPorts(16)}`;

interface Volumes extends Readonly<Record<string, number | string>> {
  readonly agents: number;
  readonly frameworks: number;
  readonly volumes: string;
}

function agentsOf({ agents, frameworks, volumes }: Volumes): AgentOptions[] {
  return eachItsOwn(agents, (i) => {
    const extras: Extras = {
      reservations: [{ type: 'STATIC', role: 'test' }],
      disk: { persistence: { id: `id${i}` }, volume: { mode: 'RW', container_path: `path${i}` } },
      shared: volumes === 'shared' || (volumes === 'mixed' && i % 2 === 1),
    };
    return {
      id: agentId(i),
      total: parseResources(TOTAL).plus(Resources.of([scalar('disk', 1024, extras)])),
      used: [{ frameworkId: frameworkId(i % frameworks), role: '*', resources: parseResources(USED) }],
    };
  });
}

export default problem<Volumes>({
  name: 'persistent-volumes',
  title: 'PersistentVolumes: a volume on every agent, regular, shared or mixed',
  shape:
    'Agents with static reservations and a persistent volume of 1,024 MB each, partly in use. Before each of 6 ' +
    'cycles all offers are given back without filters.',
  parameters: {
    agents: 'agents of the cluster',
    frameworks: 'frameworks, all in role test',
    volumes: 'regular, shared, or mixed: every other one shared',
  },
  metrics: {
    ...ADDING,
    recover: ms('give all offers of a cycle back'),
    cycle: ms('one batch cycle, median of 6'),
  },
  scales: {
    tiny: [
      { name: 'regular', size: { agents: 8, frameworks: 4, volumes: 'regular' } },
      { name: 'shared', size: { agents: 8, frameworks: 4, volumes: 'shared' } },
      { name: 'mixed', size: { agents: 8, frameworks: 4, volumes: 'mixed' } },
    ],
    quick: [{ name: 'mixed', size: { agents: 500, frameworks: 50, volumes: 'mixed' }, contenders: TWINS }],
    default: [
      { name: 'regular', size: { ...LARGE, volumes: 'regular' }, repeats: 3, contenders: TWINS },
      { name: 'shared', size: { ...LARGE, volumes: 'shared' }, repeats: 3, contenders: TWINS },
      { name: 'mixed', size: { ...LARGE, volumes: 'mixed' }, repeats: 3, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    const more = size.volumes === 'regular' ? [] : ['SHARED_RESOURCES'];
    const frameworks = frameworksIn('test', size.frameworks, [...MULTI_ROLE, ...more]);
    const agents = agentsOf(size);
    run.once('add frameworks', () => {
      for (const framework of frameworks) allocator.addFramework(framework);
    });
    let offers: readonly Offer[] = run.once('add agents', () => {
      for (const agent of agents) allocator.addAgent(agent);
      return allocator.run(0).offers;
    });
    run.seeOffers('after adding', offers);
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      run.once('recover', () => recoverAll(allocator, offers, null));
      offers = run.once('cycle', () => allocator.run(cycle * INTERVAL_MS)).offers;
      run.seeOffers(`cycle ${cycle}`, offers);
    }
    run.work(allocator.counters());
    allocator.close();
  }),
});
