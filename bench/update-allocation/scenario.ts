/** UpdateAllocation: one agent with very many reservations, some of which are undone and made again. */
import { type Extras, ranges, scalar } from '../../src/resources/lot.js';
import { conversionsOf } from '../../src/resources/operations.js';
import { Resources } from '../../src/resources/resources.js';
import { eachItsOwn, MULTI_ROLE } from '../house/cluster.js';
import { allocatorContenders } from '../house/contenders.js';
import { problem, TWINS, us } from '../house/problem.js';

const AGENT = 'agent0';
const OPERATIONS = 20;

/** Words of 36 letters that are the same each time. */
function words(count: number): string[] {
  let state = 7;
  const letter = (): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return String.fromCharCode(97 + ((state >>> 16) % 26));
  };
  return eachItsOwn(count, () => Array.from({ length: 36 }, letter).join(''));
}

function reservedSet(role: string, label: string): Resources {
  const labels = [{ key: label }];
  const extras: Extras = { reservations: [{ type: 'DYNAMIC', role, principal: 'principal', labels }] };
  return Resources.of([
    scalar('cpus', 100, extras),
    scalar('mem', 100, extras),
    scalar('disk', 100, extras),
    ranges('ports', [[2, 2]], extras),
  ]);
}

export default problem<{ roles: number }>({
  name: 'update-allocation',
  title: 'UpdateAllocation: RESERVE and UNRESERVE on an agent of very many lots',
  shape:
    'One agent with a reservation of four resources for each role, labelled uniquely, each held by a framework of ' +
    'its own. 20 times UNRESERVE and RESERVE of the resources of one of them.',
  parameters: { roles: 'roles, and frameworks; the agent has four lots for each' },
  metrics: {
    unreserve: us('one UNRESERVE operation'),
    reserve: us('one RESERVE operation'),
  },
  scales: {
    tiny: [{ name: 'large', size: { roles: 5 } }],
    quick: [{ name: 'large', size: { roles: 50 }, contenders: TWINS }],
    default: [
      { name: 'small', size: { roles: 50 }, repeats: 5, contenders: TWINS },
      { name: 'large', size: { roles: 200 }, repeats: 5, contenders: TWINS },
    ],
  },
  contenders: allocatorContenders((run, size, make) => {
    const allocator = make();
    const roles = words(2 * size.roles);
    const sets = eachItsOwn(size.roles, (i) => reservedSet(roles[i]!, roles[size.roles + i]!));
    const used = sets.map((resources, i) => ({ frameworkId: `framework${i}`, role: roles[i]!, resources }));
    for (const { frameworkId: id, role } of used) {
      allocator.addFramework({ id, roles: [role], capabilities: MULTI_ROLE });
    }
    allocator.addAgent({ id: AGENT, total: Resources.of(sets.flatMap((set) => set.lots)), used });
    run.seeOffers('after adding', allocator.run(0).offers);
    const { frameworkId, role, resources } = used[0]!;
    for (let i = 0; i < OPERATIONS; i++) {
      const undo = conversionsOf({ type: 'UNRESERVE', resources });
      const free = Resources.of(undo.flatMap((conversion) => conversion.converted.lots));
      run.once('unreserve', () => allocator.updateAllocation(frameworkId, AGENT, role, resources, undo));
      run.seeResources(`total ${i} without`, allocator.agent(AGENT).total);
      const redo = conversionsOf({ type: 'RESERVE', resources });
      run.once('reserve', () => allocator.updateAllocation(frameworkId, AGENT, role, free, redo));
      run.seeResources(`total ${i} with`, allocator.agent(AGENT).total);
    }
    allocator.close();
  }),
});
