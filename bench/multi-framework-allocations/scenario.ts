/**
 * MultiFrameworkAllocations: frameworks of three kinds launch tasks on what they are offered until all have been
 * launched. Mesos' benchmark never ends, because frameworks that are done go on getting offers; here a framework
 * that is done suppresses its offers, as frameworks do.
 */
import type { Offer } from '../../src/allocator/model.js';
import { parseResources } from '../../src/resources/parse-text.js';
import type { Resources } from '../../src/resources/resources.js';
import { ADDING, agentId, eachItsOwn, INTERVAL_MS, MULTI_ROLE } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';

interface Framework {
  readonly id: string;
  readonly role: string;
  readonly task: Resources;
  readonly tasksPerOffer: number;
  left: number;
}

/** Rounds after which the scenario counts as stuck. */
const MOST_ROUNDS = 10_000;

function frameworksOf(percent: number): Framework[] {
  const kind = (name: string, count: number, role: (i: number) => string, tasks: number, task: string, each: number) =>
    eachItsOwn(count, (i): Framework => {
      return { id: `${name}-${i + 1}`, role: role(i), task: parseResources(task), tasksPerOffer: each, left: tasks };
    });
  const part = (count: number): number => Math.max(1, Math.round((count * percent) / 100));
  return [
    ...kind('Marathon', 4, (i) => `roleA-${i + 1}`, part(4000), 'cpus:0.07;mem:400', 100),
    ...kind('Jenkins', part(500), () => 'roleB', 5, 'cpus:0.1;mem:4000', 1),
    ...kind('SparkDispatcher', part(50), (i) => `roleC-${i + 1}`, 20, 'cpus:1;mem:1000', 5),
  ];
}

/** Launches what fits into an offer; returns what is left of it. */
function launch(framework: Framework, offer: Offer): Resources {
  let rest = offer.resources;
  for (let i = 0; i < framework.tasksPerOffer && framework.left > 0 && rest.contains(framework.task); i++) {
    rest = rest.minus(framework.task);
    framework.left--;
  }
  return rest;
}

export default problem<{ agents: number; percent: number }>({
  name: 'multi-framework-allocations',
  title: 'MultiFrameworkAllocations: 554 frameworks launch 19,500 tasks',
  shape:
    'Agents of cpus:64; mem:488000; 4 frameworks with 4,000 tasks (at most 100 in an offer), 500 in one role with ' +
    '5 tasks (1 in an offer), 50 with 20 tasks (5 in an offer). Each round one batch cycle is timed; then every ' +
    'framework launches what it may and gives the rest back without a filter.',
  parameters: { agents: 'agents of the cluster', percent: 'how much of the frameworks and tasks' },
  metrics: {
    ...ADDING,
    cycle: ms('one batch cycle, median of all rounds'),
    launch: ms('launch tasks and give back the rest of all offers of a round'),
    all: ms('all rounds, cycles and launching'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 4, percent: 2 } }],
    quick: [{ name: 'large', size: { agents: 80, percent: 10 }, contenders: TWINS }],
    default: [{ name: 'large', size: { agents: 80, percent: 100 }, repeats: 3 }],
  },
  contenders: allocatorContenders((run, { agents, percent }, make) => {
    const allocator = make();
    const options = eachItsOwn(agents, (i) => ({ id: agentId(i), total: parseResources('cpus:64;mem:488000') }));
    run.once('add agents', () => {
      for (const agent of options) allocator.addAgent(agent);
      allocator.run(0);
    });
    const frameworks = frameworksOf(percent);
    const byId = new Map(frameworks.map((framework) => [framework.id, framework]));
    allocator.pause();
    run.once('add frameworks', () => {
      for (const { id, role } of frameworks) allocator.addFramework({ id, roles: [role], capabilities: MULTI_ROLE });
    });
    allocator.resume();
    let tasksLeft = frameworks.reduce((sum, framework) => sum + framework.left, 0);
    run.see('tasks', tasksLeft);
    let rounds = 0;
    let spentMs = 0;
    for (; tasksLeft > 0 && rounds < MOST_ROUNDS; rounds++) {
      const { offers } = run.once('cycle', () => allocator.run((rounds + 1) * INTERVAL_MS));
      spentMs += run.last('cycle');
      run.seeOffers(`round ${rounds}`, offers);
      run.once('launch', () => {
        for (const offer of offers) {
          const framework = byId.get(offer.frameworkId)!;
          const before = framework.left;
          const rest = launch(framework, offer);
          tasksLeft -= before - framework.left;
          allocator.recoverResources(framework.id, offer.agentId, offer.role, rest);
          if (before > 0 && framework.left === 0) allocator.suppressOffers(framework.id);
        }
        allocator.counters();
      });
      spentMs += run.last('launch');
    }
    run.note('all', spentMs);
    run.see('rounds', rounds);
    if (tasksLeft > 0) throw new Error(`${tasksLeft} tasks were not launched within ${rounds} rounds`);
    run.work(allocator.counters());
    allocator.close();
  }),
});
