/** ResourceLabels: as DeclineOffers, with reservations that carry many labels. */
import type { AgentOptions } from '../../src/allocator/model.js';
import type { Label } from '../../src/resources/descriptor.js';
import { type Extras, scalar } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { Resources } from '../../src/resources/resources.js';
import { ADDING, agentId, eachItsOwn, fragmentedPorts, frameworkId, frameworksIn } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { declineRounds } from '../house/declining.js';
import { ms, problem, TWINS } from '../house/problem.js';

const ROLE = 'role1';
const TOTAL = 'cpus:24;mem:4096;disk:4096;ports:[31000-32000]';
const USED = `mem:2014;disk:1024;ports:${fragmentedPorts(16)}`;
const LABELS = 11;

function reserved(labels: readonly Label[]): Extras {
  return { reservations: [{ type: 'DYNAMIC', role: ROLE, principal: 'principal1', labels }] };
}

/** The use of agent i: two reservations of cpus that its total does not have, one with two labels that are unique. */
function usedOn(i: number): Resources {
  const common = (): Label[] => eachItsOwn(LABELS, (k) => ({ key: `key${k}`, value: `value${k}` }));
  const unique = [1, 2].map((k) => ({ key: `unique_key_${k}`, value: `value_${i}` }));
  const cpus = [scalar('cpus', 8, reserved([...common(), ...unique])), scalar('cpus', 8, reserved(common()))];
  return parseResources(USED).plus(Resources.of(cpus));
}

export default problem<{ agents: number; frameworks: number; rounds: number }>({
  name: 'resource-labels',
  title: 'ResourceLabels: declining with reservations of many labels in use',
  shape:
    'As DeclineOffers in role1; on each agent two dynamic reservations of cpus:8 with 13 and 11 labels are in use ' +
    'beside mem, disk and ports, which its total does not have.',
  parameters: {
    agents: 'agents of the cluster',
    frameworks: 'frameworks, all in role1',
    rounds: 'cycles timed, each after all offers were declined',
  },
  metrics: {
    ...ADDING,
    'round 0': ms('first cycle after all was declined'),
    cycle: ms('median of all rounds'),
    decline: ms('decline all offers of a cycle'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 8, frameworks: 4, rounds: 5 } }],
    quick: [{ name: 'large', size: { agents: 500, frameworks: 50, rounds: 8 }, contenders: TWINS }],
    default: [
      { name: 'large', size: { agents: 10_000, frameworks: 50, rounds: 28 }, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    const frameworks = frameworksIn(ROLE, size.frameworks);
    const agents: AgentOptions[] = eachItsOwn(size.agents, (i) => ({
      id: agentId(i),
      total: parseResources(TOTAL),
      used: [{ frameworkId: frameworkId(i % size.frameworks), role: ROLE, resources: usedOn(i) }],
    }));
    run.once('add frameworks', () => {
      for (const framework of frameworks) allocator.addFramework(framework);
    });
    const { offers } = run.once('add agents', () => {
      for (const agent of agents) allocator.addAgent(agent);
      return allocator.run(0);
    });
    run.seeOffers('after adding', offers);
    declineRounds(run, allocator, offers, size.rounds);
    run.work(allocator.counters());
    allocator.close();
  }),
});
