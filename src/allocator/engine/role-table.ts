/**
 * Roles with their quota, clients (a framework in a role) with what they can take, and minimum allocatable sets.
 * Twin of native/core/role_table.
 *
 * Quota belongs to top-level roles; `consumed` of a top-level role counts its whole subtree: reservations plus
 * unreserved non-revocable amounts offered or allocated.
 * A node belongs to at most one role and to at most one client: `roleOfNode` is the inverse of `roleNode`,
 * `clientOfNode` of `clientNode`. Giving a node to another, or removing it (`dropNode`), takes it from whoever had it.
 */
import { grown } from './grown.js';

/** Alternatives of a minimum: any one must be reached, with every (kind, amount) of it. */
export type Minimum = readonly (readonly { kind: number; amount: number }[])[];

export class RoleTable {
  readonly kinds: number;
  /** Leaf of the role in tree 0, -1 where it has none. */
  roleNode = new Int32Array(0);
  frameworkRoot = new Int32Array(0);
  parentRole = new Int32Array(0);
  topRole = new Int32Array(0);
  treeSalt = new Float64Array(0);
  known = new Uint8Array(0);
  hasGuarantees = new Uint8Array(0);
  hasLimits = new Uint8Array(0);
  guarantees = new Float64Array(0);
  limits = new Float64Array(0);
  consumed = new Float64Array(0);
  private roleOfNode = new Int32Array(0);
  /** Roles with guarantees, in no particular order. */
  readonly guaranteed: number[] = [];
  limitedCount = 0;

  private clientKnown = new Uint8Array(0);
  /** Leaf of the client below its role's framework root, -1 once that was removed. */
  clientNode = new Int32Array(0);
  clientRole = new Int32Array(0);
  clientLacks = new Uint8Array(0);
  clientCan = new Uint8Array(0);
  clientMinimum = new Int32Array(0);
  clientConstraint = new Int32Array(0);
  private clientOfNode = new Int32Array(0);
  readonly minimums: Minimum[] = [];

  constructor(kinds: number) {
    this.kinds = kinds;
  }

  private reserveRole(role: number): void {
    if (role < this.known.length) return;
    const old = this.known.length;
    const size = Math.max(16, old * 2, role + 1);
    this.roleNode = grown(Int32Array, this.roleNode, size);
    this.roleNode.fill(-1, old);
    this.frameworkRoot = grown(Int32Array, this.frameworkRoot, size);
    this.parentRole = grown(Int32Array, this.parentRole, size);
    this.topRole = grown(Int32Array, this.topRole, size);
    this.treeSalt = grown(Float64Array, this.treeSalt, size);
    this.known = grown(Uint8Array, this.known, size);
    this.hasGuarantees = grown(Uint8Array, this.hasGuarantees, size);
    this.hasLimits = grown(Uint8Array, this.hasLimits, size);
    this.guarantees = grown(Float64Array, this.guarantees, size * this.kinds);
    this.limits = grown(Float64Array, this.limits, size * this.kinds);
    this.consumed = grown(Float64Array, this.consumed, size * this.kinds);
  }

  roleExists(role: number): boolean {
    return role >= 0 && role < this.known.length && this.known[role] === 1;
  }

  /** Number of roles there is room for; ids are below it. */
  get capacity(): number {
    return this.known.length;
  }

  clientExists(client: number): boolean {
    return client >= 0 && client < this.clientNode.length && this.clientKnown[client] === 1;
  }

  /** Number of clients there is room for; ids are below it. */
  get clientCapacity(): number {
    return this.clientNode.length;
  }

  /** The role of a leaf of tree 0, or -1. */
  roleAt(node: number): number {
    return node < this.roleOfNode.length ? this.roleOfNode[node]! : -1;
  }

  /** The client of a leaf, or -1. */
  clientAt(node: number): number {
    return node < this.clientOfNode.length ? this.clientOfNode[node]! : -1;
  }

  /** Makes `node` (-1: nothing) the node of a role and of no other. */
  private bindRole(role: number, node: number): void {
    const old = this.roleNode[role]!;
    if (old >= 0) this.roleOfNode[old] = -1;
    const other = node < 0 ? -1 : this.roleAt(node);
    if (other >= 0) this.roleNode[other] = -1;
    this.roleNode[role] = node;
    if (node < 0) return;
    this.roleOfNode = withRoom(this.roleOfNode, node);
    this.roleOfNode[node] = role;
  }

  private bindClient(client: number, node: number): void {
    const old = this.clientNode[client]!;
    if (old >= 0) this.clientOfNode[old] = -1;
    const other = node < 0 ? -1 : this.clientAt(node);
    if (other >= 0) this.clientNode[other] = -1;
    this.clientNode[client] = node;
    if (node < 0) return;
    this.clientOfNode = withRoom(this.clientOfNode, node);
    this.clientOfNode[node] = client;
  }

  /** A node is removed: nobody has it any longer. */
  dropNode(node: number): void {
    const role = this.roleAt(node);
    if (role >= 0) this.bindRole(role, -1);
    const client = this.clientAt(node);
    if (client >= 0) this.bindClient(client, -1);
  }

  setRole(role: number, roleNode: number, frameworkRoot: number, parentRole: number, treeSalt: number): void {
    this.reserveRole(role);
    if (this.known[role] === 0) {
      this.known[role] = 1;
      this.hasGuarantees[role] = 0;
      this.hasLimits[role] = 0;
      const from = role * this.kinds;
      this.guarantees.fill(0, from, from + this.kinds);
      this.limits.fill(Infinity, from, from + this.kinds);
      this.consumed.fill(0, from, from + this.kinds);
    }
    this.bindRole(role, roleNode);
    this.frameworkRoot[role] = frameworkRoot;
    this.parentRole[role] = parentRole;
    this.topRole[role] = parentRole < 0 ? role : this.topRole[parentRole]!;
    this.treeSalt[role] = treeSalt;
  }

  removeRole(role: number): void {
    this.dropQuota(role);
    this.bindRole(role, -1);
    this.known[role] = 0;
  }

  private dropQuota(role: number): void {
    if (this.hasGuarantees[role] === 1) this.guaranteed.splice(this.guaranteed.indexOf(role), 1);
    if (this.hasLimits[role] === 1) this.limitedCount--;
    this.hasGuarantees[role] = 0;
    this.hasLimits[role] = 0;
  }

  /** Reads `kinds` guarantees and `kinds` limits from `vector` at `at`. */
  setQuota(role: number, vector: Float64Array, at: number): void {
    this.dropQuota(role);
    const { kinds } = this;
    for (let k = 0, i = role * kinds; k < kinds; k++, i++) {
      this.guarantees[i] = vector[at + k]!;
      this.limits[i] = vector[at + kinds + k]!;
      if (this.guarantees[i]! > 0) this.hasGuarantees[role] = 1;
      if (this.limits[i]! !== Infinity) this.hasLimits[role] = 1;
    }
    if (this.hasGuarantees[role] === 1) this.guaranteed.push(role);
    if (this.hasLimits[role] === 1) this.limitedCount++;
  }

  setClient(
    client: number,
    node: number,
    role: number,
    lacks: number,
    can: number,
    minimum: number,
    constraint: number,
  ): void {
    const old = this.clientNode.length;
    if (client >= old) {
      const size = Math.max(32, old * 2, client + 1);
      this.clientNode = grown(Int32Array, this.clientNode, size);
      this.clientNode.fill(-1, old);
      this.clientKnown = grown(Uint8Array, this.clientKnown, size);
      this.clientRole = grown(Int32Array, this.clientRole, size);
      this.clientLacks = grown(Uint8Array, this.clientLacks, size);
      this.clientCan = grown(Uint8Array, this.clientCan, size);
      this.clientMinimum = grown(Int32Array, this.clientMinimum, size);
      this.clientConstraint = grown(Int32Array, this.clientConstraint, size);
    }
    this.clientKnown[client] = 1;
    this.bindClient(client, node);
    this.clientRole[client] = role;
    this.clientLacks[client] = lacks;
    this.clientCan[client] = can;
    this.clientMinimum[client] = minimum;
    this.clientConstraint[client] = constraint;
  }

  removeClient(client: number): void {
    this.bindClient(client, -1);
    this.clientKnown[client] = 0;
  }

  /** Whether resources reserved to `reserved` may go to `role`: to itself or to a descendant of it. */
  mayUse(role: number, reserved: number): boolean {
    for (let r = role; r >= 0; r = this.parentRole[r]!) if (r === reserved) return true;
    return false;
  }

  /** Whether a sum of amounts by kind (at least one lot, maybe of no counted kind) reaches a minimum. */
  reachesMinimum(minimum: number, sums: Float64Array): boolean {
    const alternatives = this.minimums[minimum]!;
    if (alternatives.length === 0) return true;
    for (const alternative of alternatives) {
      let reached = true;
      for (const entry of alternative) {
        if (sums[entry.kind]! < entry.amount) {
          reached = false;
          break;
        }
      }
      if (reached) return true;
    }
    return false;
  }

  /** Sum over roles of guarantees not yet consumed, into `out`; false when all are met. */
  requiredHeadroom(out: Float64Array): boolean {
    out.fill(0);
    let any = false;
    for (const role of this.guaranteed) {
      for (let k = 0, i = role * this.kinds; k < this.kinds; k++, i++) {
        const unmet = this.guarantees[i]! - this.consumed[i]!;
        if (unmet > 0) {
          out[k]! += unmet;
          any = true;
        }
      }
    }
    return any;
  }

  /** Whether a guaranteed role still lacks something. */
  isUnmet(role: number): boolean {
    for (let k = 0, i = role * this.kinds; k < this.kinds; k++, i++) {
      if (this.guarantees[i]! > this.consumed[i]!) return true;
    }
    return false;
  }
}

/** A map from nodes to roles or clients with room for `node`; -1 is none. */
function withRoom(map: Int32Array<ArrayBuffer>, node: number): Int32Array<ArrayBuffer> {
  return node < map.length ? map : grown(Int32Array, map, Math.max(16, node * 2)).fill(-1, map.length);
}
