/** LargeAndSmallQuota: many roles with small quotas share agents, few with large ones need several. */
import { eachItsOwn } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';
import { quotaCycles, quotaOf, type QuotaRole } from '../house/quotas.js';

const AGENT = 'cpus:2;mem:2048;disk:2048';
const SMALL = { cpus: 1, mem: 1024, disk: 1024 };
const LARGE = { cpus: 4, mem: 4096, disk: 4096 };

interface Quotas extends Readonly<Record<string, number | string>> {
  readonly small: number;
  readonly large: number;
  readonly sorter: string;
}

function rolesOf(kind: string, count: number, amounts: Readonly<Record<string, number>>): QuotaRole[] {
  return eachItsOwn(count, (i) => {
    return { name: `${kind}QuotaRole${i}`, quota: quotaOf(amounts), frameworks: [`framework_${kind}_${i}-0`] };
  });
}

export default problem<Quotas>({
  name: 'large-and-small-quota',
  title: 'LargeAndSmallQuota: agents are cut for small quotas and gathered for large ones',
  shape:
    'Roles with quota cpus:1; mem:1024; disk:1024 and roles with four times that, one framework each; agents of ' +
    'cpus:2; mem:2048; disk:2048, one for five small roles and five for each large one.',
  parameters: {
    small: 'roles with a small quota',
    large: 'roles with a large quota',
    sorter: 'drf or random, for roles and frameworks',
  },
  metrics: {
    'first cycle': ms('all that quota asks for is offered'),
    'second cycle': ms('nothing is left to give'),
  },
  scales: {
    tiny: [
      { name: 'large', size: { small: 10, large: 2, sorter: 'drf' } },
      { name: 'random', size: { small: 10, large: 2, sorter: 'random' } },
    ],
    quick: [{ name: 'large', size: { small: 250, large: 50, sorter: 'drf' }, repeats: 3 }],
    default: [
      { name: 'small', size: { small: 250, large: 50, sorter: 'drf' }, repeats: 9 },
      { name: 'large', size: { small: 2500, large: 500, sorter: 'drf' }, repeats: 5 },
      { name: 'random', size: { small: 2500, large: 500, sorter: 'random' }, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, { small, large, sorter }, make) => {
    const kind = sorter === 'random' ? 'random' : 'drf';
    const roles = [...rolesOf('small', small, SMALL), ...rolesOf('large', large, LARGE)];
    const agents = Math.floor(small / 5) + 5 * large;
    quotaCycles(run, make({ roleSorter: kind, frameworkSorter: kind }), agents, AGENT, roles);
  }),
});
