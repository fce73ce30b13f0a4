/**
 * Roles with their quota, clients (a framework in a role) with what they can take, and minimum allocatable sets.
 * Twin of src/allocator/engine/role-table.ts.
 *
 * Quota belongs to top-level roles; `consumed` of a top-level role counts its whole subtree: reservations plus
 * unreserved non-revocable amounts offered or allocated.
 *
 * Invariants, after every operation:
 *   - a node belongs to at most one role and to at most one client: `roleAt` is the inverse of `Role::roleNode`,
 *     `clientAt` of `Client::node`, and both name existing nodes only (whoever removes a node calls `dropNode`);
 *   - the role of a known client, the parent and the top-level role of a known role have rows here, known or not;
 *   - chains of parent roles end.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mete {

struct Role {
  /** Leaf of the role in tree 0, -1 where it has none. */
  int32_t roleNode = -1;
  int32_t frameworkRoot = -1;
  int32_t parentRole = -1;
  int32_t topRole = 0;
  uint32_t treeSalt = 0;
  bool known = false;
  bool hasGuarantees = false;
  bool hasLimits = false;
};

struct Client {
  /** Leaf of the client below its role's framework root, -1 once that was removed. */
  int32_t node = -1;
  int32_t role = 0;
  int32_t minimum = 0;
  int32_t constraint = -1;
  uint8_t lacks = 0;
  uint8_t can = 0;
  bool known = false;
};

struct MinimumEntry {
  int32_t kind;
  double amount;
};

/** Alternatives of a minimum: any one must be reached, with every (kind, amount) of it. */
using Minimum = std::vector<std::vector<MinimumEntry>>;

class RoleTable {
 public:
  explicit RoleTable(int kinds) : kinds(kinds) {}

  RoleTable(const RoleTable&) = delete;
  RoleTable& operator=(const RoleTable&) = delete;

  const int kinds;
  std::vector<Role> roles;
  std::vector<double> guarantees;
  std::vector<double> limits;
  std::vector<double> consumed;
  /** Roles with guarantees, in no particular order. */
  std::vector<int32_t> guaranteed;
  int limitedCount = 0;
  std::vector<Client> clients;
  std::vector<Minimum> minimums;

  /** Number of roles there is room for; ids are below it. */
  int capacity() const { return static_cast<int>(roles.size()); }

  bool roleExists(int role) const { return role >= 0 && role < capacity() && roles[role].known; }

  /** Number of clients there is room for; ids are below it. */
  int clientCapacity() const { return static_cast<int>(clients.size()); }

  bool clientExists(int client) const { return client >= 0 && client < clientCapacity() && clients[client].known; }

  /** The role of a leaf of tree 0, or -1. */
  int roleAt(int node) const { return static_cast<size_t>(node) < roleOfNode_.size() ? roleOfNode_[node] : -1; }

  /** The client of a leaf, or -1. */
  int clientAt(int node) const { return static_cast<size_t>(node) < clientOfNode_.size() ? clientOfNode_[node] : -1; }

  /** Where a role's vectors of `kinds` amounts begin. */
  size_t index(int role) const { return static_cast<size_t>(role) * static_cast<size_t>(kinds); }

  /** A node is removed: nobody has it any longer. */
  void dropNode(int node);

  /** REQUIRES: nodes exist or are -1; `parentRole` is -1 or exists and is not below `role`. */
  void setRole(int role, int roleNode, int frameworkRoot, int parentRole, uint32_t treeSalt);
  void removeRole(int role);

  /** Reads `kinds` guarantees and `kinds` limits. */
  void setQuota(int role, const double* vector);

  /** REQUIRES: `node`, `role` and `minimum` exist. */
  void setClient(int client, int node, int role, int lacks, int can, int minimum, int constraint);
  void removeClient(int client);

  /** Whether resources reserved to `reserved` may go to `role`: to itself or to a descendant of it. */
  bool mayUse(int role, int reserved) const {
    for (int r = role; r >= 0; r = roles[r].parentRole) {
      if (r == reserved) return true;
    }
    return false;
  }

  /** Whether a sum of amounts by kind (at least one lot, maybe of no counted kind) reaches a minimum. */
  bool reachesMinimum(int minimum, const double* sums) const;

  /** Sum over roles of guarantees not yet consumed, into `out`; false when all are met. */
  bool requiredHeadroom(std::vector<double>& out) const;

  /** Whether a guaranteed role still lacks something. */
  bool isUnmet(int role) const;

 private:
  void reserveRole(int role);
  void bindRole(int role, int node);
  void bindClient(int client, int node);
  void dropQuota(int role);

  std::vector<int32_t> roleOfNode_;
  std::vector<int32_t> clientOfNode_;
};

}  // namespace mete
