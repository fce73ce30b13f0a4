/**
 * Ten lines with the allocator: two agents, two frameworks, one refusal.
 * Run it with: node --import tsx docs/examples/library.ts
 */
import { HierarchicalAllocator, parseResources } from 'mete';

const allocator = new HierarchicalAllocator();
allocator.addAgent({ id: 'a1', total: parseResources('cpus:4;mem:4096;ports:[31000-32000]') });
allocator.addAgent({ id: 'a2', total: parseResources('cpus:8;mem:8192') });
allocator.addFramework({ id: 'web', roles: ['prod'], capabilities: ['MULTI_ROLE'] });
allocator.addFramework({ id: 'batch', roles: ['dev'], capabilities: ['MULTI_ROLE'] });

for (const offer of allocator.run(0).offers) {
  console.log(`${offer.frameworkId} is offered ${offer.resources.toString()} on ${offer.agentId}`);
  // web launches a task of one cpu and gives the rest back; it does not want to see that again for 10 s.
  const task = parseResources('cpus:1;mem:512');
  const rest = offer.resources.minus(task);
  allocator.recoverResources(offer.frameworkId, offer.agentId, offer.role, rest, { refuseSeconds: 10 });
}
for (const offer of allocator.run(1000).offers) {
  console.log(`a second later: ${offer.frameworkId} is offered ${offer.resources.toString()} on ${offer.agentId}`);
}
