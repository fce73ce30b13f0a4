/**
 * A sorter of clients by weighted dominant share in plain objects and strings, as Mesos' DRFSorter does it: an
 * allocation moves its client to its new place if the order is known, anything else marks the order as unknown, and
 * `sort` then recomputes every share and sorts everything. Flat: every client is a child of the root. For comparison
 * only.
 */
import { compareUtf8 } from '../../src/base/utf8.js';
import type { Quantities } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';

interface Client {
  readonly name: string;
  active: boolean;
  share: number;
  grants: number;
  readonly byAgent: Map<string, Resources>;
  readonly sums: Map<string, number>;
}

function compareClients(a: Client, b: Client): number {
  return a.share - b.share || a.grants - b.grants || compareUtf8(a.name, b.name);
}

function addSums(sums: Map<string, number>, quantities: Quantities, sign: 1 | -1): void {
  for (const [name, amount] of quantities) sums.set(name, (sums.get(name) ?? 0) + sign * amount);
}

export class ObjectSorter {
  private readonly clients = new Map<string, Client>();
  private order: Client[] = [];
  private readonly agents = new Map<string, Quantities>();
  private readonly totals = new Map<string, number>();
  private dirty = true;

  add(name: string): void {
    this.clients.set(name, { name, active: false, share: 0, grants: 0, byAgent: new Map(), sums: new Map() });
    this.dirty = true;
  }

  remove(name: string): void {
    this.clients.delete(name);
    this.dirty = true;
  }

  activate(name: string): void {
    this.clients.get(name)!.active = true;
    this.dirty = true;
  }

  deactivate(name: string): void {
    this.clients.get(name)!.active = false;
    this.dirty = true;
  }

  addAgent(agentId: string, total: Quantities): void {
    this.agents.set(agentId, total);
    addSums(this.totals, total, 1);
    this.dirty = true;
  }

  removeAgent(agentId: string): void {
    addSums(this.totals, this.agents.get(agentId)!, -1);
    this.agents.delete(agentId);
    this.dirty = true;
  }

  allocated(name: string, agentId: string, resources: Resources): void {
    const client = this.clients.get(name)!;
    client.byAgent.set(agentId, (client.byAgent.get(agentId) ?? Resources.EMPTY).plus(resources));
    addSums(client.sums, resources.scalarQuantities(), 1);
    client.grants++;
    if (!this.dirty && client.active) this.moveBack(client);
    else this.dirty = true;
  }

  /** Shifts a client whose share has grown to its new place. */
  private moveBack(client: Client): void {
    const { order } = this;
    let at = order.indexOf(client);
    client.share = this.shareOf(client);
    for (; at + 1 < order.length && compareClients(order[at + 1]!, client) < 0; at++) order[at] = order[at + 1]!;
    order[at] = client;
  }

  unallocated(name: string, agentId: string, resources: Resources): void {
    const client = this.clients.get(name)!;
    const held = client.byAgent.get(agentId)!;
    if (!held.contains(resources)) throw new Error(`${name} does not hold ${resources.toString()} on ${agentId}`);
    const left = held.minus(resources);
    if (left.isEmpty) client.byAgent.delete(agentId);
    else client.byAgent.set(agentId, left);
    addSums(client.sums, resources.scalarQuantities(), -1);
    this.dirty = true;
  }

  private shareOf(client: Client): number {
    let share = 0;
    for (const [name, total] of this.totals) {
      if (total > 0) share = Math.max(share, (client.sums.get(name) ?? 0) / total);
    }
    return share;
  }

  /** The active clients in order. */
  sort(): string[] {
    if (this.dirty) {
      this.order = [...this.clients.values()].filter((client) => client.active);
      for (const client of this.order) client.share = this.shareOf(client);
      this.order.sort(compareClients);
      this.dirty = false;
    }
    return this.order.map((client) => client.name);
  }
}
