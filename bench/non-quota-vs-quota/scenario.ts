/** NonQuotaVsQuota: the same offers with quotas of whole agents, and with none. */
import { eachItsOwn } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { ms, problem, TWINS } from '../house/problem.js';
import { quotaCycles, quotaOf } from '../house/quotas.js';

const AGENT = 'cpus:2;mem:2048;disk:2048';
const TWO_AGENTS = quotaOf({ cpus: 4, mem: 4096, disk: 4096 });

interface Roles extends Readonly<Record<string, number | string>> {
  readonly roles: number;
  readonly quota: string;
  readonly sorter: string;
}

export default problem<Roles>({
  name: 'non-quota-vs-quota',
  title: 'NonQuotaVsQuota: whole agents, with and without quota',
  shape:
    'Two agents of cpus:2; mem:2048; disk:2048 and two frameworks for each role; with quota, each role is guaranteed ' +
    'and limited to two agents.',
  parameters: { roles: 'roles', quota: 'with or without', sorter: 'drf or random, for roles and frameworks' },
  metrics: { 'first cycle': ms('every agent is offered'), 'second cycle': ms('nothing is left to give') },
  scales: {
    tiny: [
      { name: 'with', size: { roles: 6, quota: 'with', sorter: 'drf' } },
      { name: 'without', size: { roles: 6, quota: 'without', sorter: 'random' } },
    ],
    quick: [
      { name: 'with', size: { roles: 100, quota: 'with', sorter: 'drf' }, repeats: 3, contenders: TWINS },
      { name: 'without', size: { roles: 100, quota: 'without', sorter: 'drf' }, repeats: 3, contenders: TWINS },
    ],
    default: [
      { name: 'without', size: { roles: 1000, quota: 'without', sorter: 'drf' }, repeats: 7 },
      { name: 'with', size: { roles: 1000, quota: 'with', sorter: 'drf' }, repeats: 7 },
      { name: 'random', size: { roles: 1000, quota: 'with', sorter: 'random' }, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const sorter = size.sorter === 'random' ? 'random' : 'drf';
    const roles = eachItsOwn(size.roles, (i) => ({
      name: `role${i}`,
      quota: size.quota === 'with' ? TWO_AGENTS : null,
      frameworks: [`framework_${i}-0`, `framework_${i}-1`],
    }));
    quotaCycles(run, make({ roleSorter: sorter, frameworkSorter: sorter }), 2 * size.roles, AGENT, roles);
  }),
});
