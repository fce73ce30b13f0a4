/** Roles, quota, clients and minimums. */
#include "core/role_table.h"

#include <algorithm>
#include <limits>

namespace mete {

namespace {

/** Gives a map from nodes to roles or clients room for `node`; -1 is none. */
void makeRoom(std::vector<int32_t>& map, int node) {
  if (static_cast<size_t>(node) >= map.size()) map.resize(std::max(16, node * 2), -1);
}

}  // namespace

void RoleTable::reserveRole(int role) {
  const int old = capacity();
  if (role < old) return;
  const int size = std::max({16, old * 2, role + 1});
  guarantees.resize(index(size), 0.0);
  limits.resize(index(size), 0.0);
  consumed.resize(index(size), 0.0);
  roles.resize(size);
}

/** Makes `node` (-1: nothing) the node of a role and of no other. */
void RoleTable::bindRole(int role, int node) {
  const int old = roles[role].roleNode;
  if (old >= 0) roleOfNode_[old] = -1;
  const int other = node < 0 ? -1 : roleAt(node);
  if (other >= 0) roles[other].roleNode = -1;
  roles[role].roleNode = node;
  if (node < 0) return;
  makeRoom(roleOfNode_, node);
  roleOfNode_[node] = role;
}

void RoleTable::bindClient(int client, int node) {
  const int old = clients[client].node;
  if (old >= 0) clientOfNode_[old] = -1;
  const int other = node < 0 ? -1 : clientAt(node);
  if (other >= 0) clients[other].node = -1;
  clients[client].node = node;
  if (node < 0) return;
  makeRoom(clientOfNode_, node);
  clientOfNode_[node] = client;
}

void RoleTable::dropNode(int node) {
  const int role = roleAt(node);
  if (role >= 0) bindRole(role, -1);
  const int client = clientAt(node);
  if (client >= 0) bindClient(client, -1);
}

void RoleTable::setRole(int role, int roleNode, int frameworkRoot, int parentRole, uint32_t treeSalt) {
  reserveRole(role);
  Role& r = roles[role];
  if (!r.known) {
    r.known = true;
    r.hasGuarantees = false;
    r.hasLimits = false;
    for (size_t i = index(role); i < index(role + 1); i++) {
      guarantees[i] = 0;
      limits[i] = std::numeric_limits<double>::infinity();
      consumed[i] = 0;
    }
  }
  bindRole(role, roleNode);
  r.frameworkRoot = frameworkRoot;
  r.parentRole = parentRole;
  r.topRole = parentRole < 0 ? role : roles[parentRole].topRole;
  r.treeSalt = treeSalt;
}

void RoleTable::removeRole(int role) {
  dropQuota(role);
  bindRole(role, -1);
  roles[role].known = false;
}

void RoleTable::dropQuota(int role) {
  Role& r = roles[role];
  if (r.hasGuarantees) guaranteed.erase(std::find(guaranteed.begin(), guaranteed.end(), role));
  if (r.hasLimits) limitedCount--;
  r.hasGuarantees = false;
  r.hasLimits = false;
}

void RoleTable::setQuota(int role, const double* vector) {
  dropQuota(role);
  Role& r = roles[role];
  const size_t at = index(role);
  for (int k = 0; k < kinds; k++) {
    guarantees[at + k] = vector[k];
    limits[at + k] = vector[kinds + k];
    if (guarantees[at + k] > 0) r.hasGuarantees = true;
    if (limits[at + k] != std::numeric_limits<double>::infinity()) r.hasLimits = true;
  }
  if (r.hasGuarantees) guaranteed.push_back(role);
  if (r.hasLimits) limitedCount++;
}

void RoleTable::setClient(int client, int node, int role, int lacks, int can, int minimum, int constraint) {
  const int old = clientCapacity();
  if (client >= old) clients.resize(std::max({32, old * 2, client + 1}));
  bindClient(client, node);
  Client& c = clients[client];
  c.known = true;
  c.role = role;
  c.lacks = static_cast<uint8_t>(lacks);
  c.can = static_cast<uint8_t>(can);
  c.minimum = minimum;
  c.constraint = constraint;
}

void RoleTable::removeClient(int client) {
  bindClient(client, -1);
  clients[client].known = false;
}

bool RoleTable::reachesMinimum(int minimum, const double* sums) const {
  const Minimum& alternatives = minimums[minimum];
  if (alternatives.empty()) return true;
  for (const std::vector<MinimumEntry>& alternative : alternatives) {
    bool reached = true;
    for (const MinimumEntry& entry : alternative) {
      if (sums[entry.kind] < entry.amount) {
        reached = false;
        break;
      }
    }
    if (reached) return true;
  }
  return false;
}

bool RoleTable::requiredHeadroom(std::vector<double>& out) const {
  std::fill(out.begin(), out.end(), 0.0);
  bool any = false;
  for (const int32_t role : guaranteed) {
    const size_t at = index(role);
    for (int k = 0; k < kinds; k++) {
      const double unmet = guarantees[at + k] - consumed[at + k];
      if (unmet > 0) {
        out[k] += unmet;
        any = true;
      }
    }
  }
  return any;
}

bool RoleTable::isUnmet(int role) const {
  const size_t at = index(role);
  for (int k = 0; k < kinds; k++) {
    if (guarantees[at + k] > consumed[at + k]) return true;
  }
  return false;
}

}  // namespace mete
