/**
 * Frameworks and agents that come, change and go, and what they hold, feature by feature.
 */
import assert from 'node:assert/strict';
import { parseAttributes } from '../../src/resources/attributes.js';
import { conversionsOf } from '../../src/resources/operations.js';
import { quantitiesToRecord } from '../../src/resources/quantities.js';
import { quantities, res, reserved, sameLines, scenario, text } from './fixtures.js';

const INTERVAL = 1000;
const LONG = { refuseSeconds: 3600 };

scenario('[A18] a deactivated framework keeps what it holds in the shares, but is skipped', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s1', 'cpus:1');
  c.now();
  c.allocator.deactivateFramework('f');
  c.agent('s2', 'cpus:1');
  assert.deepEqual(c.now(), []);
  assert.deepEqual(c.after(INTERVAL), []);
  assert.equal(c.metric('roles/r/shares/dominant'), 0.5);
  assert.equal(c.allocator.agent('s1').held[0]!.frameworkId, 'f');
  c.allocator.activateFramework('f');
  assert.deepEqual(c.now(), ['f r s2 cpus:1']);
});

scenario('[A18] a removed framework gives everything back and its filters go', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s1', 'cpus:1');
  c.agent('s2', 'cpus:1');
  c.now();
  const [first] = c.out;
  c.allocator.recoverResources('f', first!.agentId, 'r', first!.resources, LONG);
  assert.equal(c.metric('offer_filters/roles/r/active'), 1);
  c.allocator.removeFramework('f');
  assert.equal(c.metric('offer_filters/roles/r/active'), undefined);
  assert.equal(c.metric('resources/cpus/offered_or_allocated'), 0);
  c.framework('f', 'r');
  sameLines(c.now(), ['f r s1 cpus:1', 'f r s2 cpus:1']);
});

scenario('[A18] a framework that is added with resources in use holds them', (make) => {
  const c = make();
  c.agent('s', 'cpus:4');
  c.framework('f', 'r', { used: [{ agentId: 's', role: 'r', resources: res('cpus:3') }] });
  assert.deepEqual(c.now(), ['f r s cpus:1']);
  assert.equal(text(c.allocator.framework('f').held[0]!.resources), 'cpus:4');
});

scenario('[A19] roles change in place; what is out in a role that was left comes back as usual', (make) => {
  const c = make();
  c.framework('f', 'old');
  c.agent('s', 'cpus:1');
  assert.deepEqual(c.now(), ['f old s cpus:1']);
  c.allocator.updateFramework('f', { roles: ['new'] });
  assert.deepEqual(c.allocator.framework('f').roles, ['new']);
  assert.deepEqual(c.allocator.list().roles.sort(), ['new', 'old']);
  c.giveBack(LONG);
  assert.deepEqual(c.allocator.list().roles, ['new']);
  assert.deepEqual(c.after(INTERVAL), ['f new s cpus:1']);
});

scenario('[A19] capabilities, suppressed roles, minimums and offer constraints change in place', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('gpu', 'cpus:1;gpus:1');
  assert.deepEqual(c.now(), []);
  const { allocator } = c;
  const roles = ['r'];
  const capabilities = ['GPU_RESOURCES'];
  allocator.updateFramework('f', { roles, capabilities });
  assert.equal(c.after(INTERVAL).length, 1);
  c.giveBack();
  allocator.updateFramework('f', { roles, capabilities, suppressedRoles: ['r'] });
  assert.equal(c.after(INTERVAL).length, 0);
  const offerFilters = { r: { minAllocatable: [quantities({ mem: 1 })] } };
  allocator.updateFramework('f', { roles, capabilities, offerFilters });
  assert.equal(c.after(INTERVAL).length, 0);
  const elsewhere = { selector: { pseudoattribute_type: 'HOSTNAME' }, predicate: { text_equals: { value: 'other' } } };
  const groups = [{ attribute_constraints: [elsewhere] }];
  const offerConstraints = { role_constraints: { r: { groups } } };
  allocator.updateFramework('f', { roles, capabilities, offerConstraints });
  assert.equal(c.after(INTERVAL).length, 0);
  allocator.updateFramework('f', { roles, capabilities });
  assert.equal(c.after(INTERVAL).length, 1);
});

scenario('[A20] agents come, change, pause and go', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', 'cpus:1');
  assert.deepEqual(c.now(), ['f r s cpus:1']);
  c.allocator.updateAgent('s', { total: res('cpus:3;mem:64') });
  assert.deepEqual(c.now(), ['f r s cpus:2;mem:64']);
  assert.equal(c.metric('resources/cpus/total'), 3);
  c.giveBack();
  c.allocator.deactivateAgent('s');
  assert.deepEqual(c.after(INTERVAL), []);
  c.allocator.activateAgent('s');
  assert.deepEqual(c.after(INTERVAL), ['f r s cpus:3;mem:64']);
  c.allocator.removeAgent('s');
  assert.equal(c.metric('resources/cpus/total'), 0);
  assert.equal(c.metric('resources/cpus/offered_or_allocated'), 0);
  assert.deepEqual(c.allocator.framework('f').held, []);
  assert.throws(() => c.allocator.agent('s'), /UNKNOWN_AGENT/);
});

scenario('[A20] a change of attributes clears the filters on the agent, of domain or total does not', (make) => {
  const c = make();
  c.framework('f', 'r', { capabilities: ['REGION_AWARE'] });
  c.agent('s', 'cpus:2', { attributes: parseAttributes('rack:a') });
  c.now();
  c.giveBack(LONG);
  c.allocator.updateAgent('s', { domain: { region: 'r1', zone: 'z1' } });
  assert.deepEqual(c.now(), []);
  c.allocator.updateAgent('s', { total: res('cpus:1') });
  assert.deepEqual(c.now(), []);
  c.allocator.updateAgent('s', { attributes: parseAttributes('rack:a') });
  assert.deepEqual(c.after(INTERVAL), []);
  assert.equal(c.metric('offer_filters/roles/r/active'), 1);
  c.allocator.updateAgent('s', { attributes: parseAttributes('rack:b') });
  assert.equal(c.metric('offer_filters/roles/r/active'), 0);
  assert.deepEqual(c.now(), ['f r s cpus:1']);
});

// The file and its being read again are the master's, so this proves only a part of its feature.
scenario('only agents on the whitelist are offered; null allows all, an empty list none', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.allocator.updateWhitelist(['host2']);
  c.agent('s1', 'cpus:1', { hostname: 'host1' });
  c.agent('s2', 'cpus:1', { hostname: 'host2' });
  assert.deepEqual(c.now(), ['f r s2 cpus:1']);
  c.giveBack();
  c.allocator.updateWhitelist([]);
  assert.deepEqual(c.after(INTERVAL), []);
  c.allocator.updateWhitelist(null);
  sameLines(c.after(INTERVAL), ['f r s1 cpus:1', 'f r s2 cpus:1']);
});

scenario('[A22] accepted operations change total, allocation and sorters together, and nothing available', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', 'cpus:4;mem:100');
  c.now();
  const { allocator } = c;
  allocator.recoverResources('f', 's', 'r', res('mem:40'));
  const conversions = conversionsOf({ type: 'RESERVE', resources: reserved('cpus', 3, 'r') });
  allocator.updateAllocation('f', 's', 'r', res('cpus:4;mem:60'), conversions);
  const after = res('cpus:1').plus(reserved('cpus', 3, 'r'));
  const agent = allocator.agent('s');
  assert.ok(agent.total.equals(after.plus(res('mem:100'))), agent.total.toString());
  assert.ok(agent.held[0]!.resources.equals(after.plus(res('mem:60'))), agent.held[0]!.resources.toString());
  assert.equal(text(agent.available), 'mem:40');
  assert.deepEqual(quantitiesToRecord(allocator.role('r').reserved), { cpus: 3 });
  assert.equal(allocator.role('r').share, 1);
  assert.equal(allocator.role('r').grants, 1);
  const unreserve = conversionsOf({ type: 'UNRESERVE', resources: reserved('cpus', 3, 'r') });
  allocator.updateAllocation('f', 's', 'r', reserved('cpus', 3, 'r'), unreserve);
  assert.equal(text(allocator.agent('s').total), 'cpus:4;mem:100');
  assert.deepEqual(quantitiesToRecord(allocator.role('r').reserved), {});
});

scenario('[A22] operations on what is not held change nothing', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', 'cpus:4');
  c.now();
  const conversions = conversionsOf({ type: 'RESERVE', resources: reserved('cpus', 5, 'r') });
  assert.throws(() => c.allocator.updateAllocation('f', 's', 'r', res('cpus:4'), conversions), /NOT_AVAILABLE/);
  assert.throws(() => c.allocator.updateAllocation('f', 's', 'r', res('cpus:5'), conversions), /NOT_HELD/);
  assert.equal(text(c.allocator.agent('s').total), 'cpus:4');
});

scenario('[A23] resources come back, with a filter if one is given, and whoever is gone is not missed', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', 'cpus:4');
  c.now();
  c.allocator.recoverResources('f', 's', 'r', res('cpus:1'));
  assert.equal(text(c.allocator.agent('s').available), 'cpus:1');
  assert.deepEqual(c.after(INTERVAL), ['f r s cpus:1']);
  c.allocator.recoverResources('f', 's', 'r', res('cpus:2'), LONG);
  assert.deepEqual(c.after(INTERVAL), []);
  c.allocator.recoverResources('unknown', 's', 'r', res('cpus:1'), LONG);
  c.allocator.recoverResources('f', 'unknown', 'r', res('cpus:1'), LONG);
  assert.equal(text(c.allocator.agent('s').available), 'cpus:2');
  c.allocator.removeAgent('s');
  c.allocator.recoverResources('f', 's', 'r', res('cpus:2'));
  c.allocator.removeFramework('f');
  c.allocator.recoverResources('f', 's', 'r', res('cpus:2'));
  assert.deepEqual(c.allocator.list(), { agents: [], frameworks: [], roles: [] });
});

scenario('[A24] requests are accepted and ignored', (make) => {
  const c = make();
  c.agent('s', 'cpus:4');
  c.framework('f', 'r');
  c.now();
  c.giveBack(LONG);
  const before = JSON.stringify(c.allocator.snapshot());
  assert.equal(c.runsAsked(() => c.allocator.requestResources('f', [{ agentId: 's' }, {}])), 0);
  assert.equal(JSON.stringify(c.allocator.snapshot()), before);
  assert.deepEqual(c.after(INTERVAL), []);
});
