/**
 * Operations on roles, quota, clients and minimums (see opcodes.h). Twin of src/allocator/engine/client-operations.ts.
 */
#include <utility>

#include "core/operands.h"

namespace mete {

namespace {

void setRole(Operands& p) {
  const SorterForest& forest = p.tables.forest;
  RoleTable& roles = p.tables.roles;
  const int role = p.freshId(roles.capacity());
  const int roleNode = p.idOrNone();
  const int frameworkRoot = p.idOrNone();
  const int parentRole = p.idOrNone();
  const uint32_t treeSalt = p.word();
  if (roleNode >= 0) p.existing(forest.exists(roleNode), "role node");
  if (frameworkRoot >= 0) p.existing(frameworkRoot > 0 && forest.isRoot(frameworkRoot), "framework root");
  if (parentRole >= 0) p.existing(roles.roleExists(parentRole) && !roles.mayUse(parentRole, role), "parent role");
  roles.setRole(role, roleNode, frameworkRoot, parentRole, treeSalt);
  p.cycle.relaxed = true;
}

void removeRole(Operands& p) {
  p.tables.roles.removeRole(p.role());
  p.cycle.quotaMoved = true;
  p.cycle.relaxed = true;
}

void setQuota(Operands& p) {
  const int role = p.role();
  const double* vector = p.vector();
  p.limits();
  p.tables.roles.setQuota(role, vector);
  p.cycle.quotaMoved = true;
  p.cycle.relaxed = true;
}

void addConsumption(Operands& p, int role, const double* vector) {
  RoleTable& roles = p.tables.roles;
  const int top = roles.roles[role].topRole;
  const bool governed = roles.roles[top].hasLimits || roles.roles[top].hasGuarantees;
  const size_t at = roles.index(top);
  for (int k = 0; k < p.kinds; k++) {
    roles.consumed[at + k] += vector[k];
    if (vector[k] < 0 && governed) p.cycle.relaxed = true;
  }
  if (governed) p.cycle.quotaMoved = true;
}

void consume(Operands& p) {
  const int role = p.role();
  addConsumption(p, role, p.vector());
}

void setClient(Operands& p) {
  RoleTable& roles = p.tables.roles;
  const int client = p.freshId(roles.clientCapacity());
  const int node = p.node();
  const int role = p.role();
  const int lacks = p.smallInteger(0, 256);
  const int can = p.smallInteger(0, 256);
  const int minimum = p.smallInteger(0, static_cast<int>(roles.minimums.size()));
  const int constraint = p.idOrNone();
  roles.setClient(client, node, role, lacks, can, minimum, constraint);
  p.cycle.relaxed = true;
}

void removeClient(Operands& p) { p.tables.roles.removeClient(p.client()); }

void setMinimum(Operands& p) {
  RoleTable& roles = p.tables.roles;
  const size_t minimum = p.smallInteger(0, static_cast<int>(roles.minimums.size()) + 1);
  const int count = p.count();
  Minimum alternatives;
  for (int a = 0; a < count; a++) {
    const int entries = p.count();
    std::vector<MinimumEntry> alternative;
    for (int e = 0; e < entries; e++) {
      const int kind = p.smallInteger(0, p.kinds);
      alternative.push_back({kind, p.number()});
    }
    alternatives.push_back(std::move(alternative));
  }
  if (minimum == roles.minimums.size()) roles.minimums.emplace_back();
  roles.minimums[minimum] = std::move(alternatives);
  p.cycle.relaxed = true;
}

void hold(Operands& p) {
  const int client = p.client();
  const RoleTable& roles = p.tables.roles;
  const double grants = p.number();
  const double* vector = p.vector();
  const double* governed = p.vector();
  const int role = roles.clients[client].role;
  const int roleNode = roles.roles[role].roleNode;
  p.existing(roleNode >= 0, "role node");
  p.tables.forest.allocate(roles.clients[client].node, vector, grants);
  p.tables.forest.allocate(roleNode, vector, grants);
  addConsumption(p, role, governed);
}

void holdShared(Operands& p) {
  const int client = p.client();
  const int agent = p.agent();
  const int descriptor = p.id();
  const int kind = p.smallInteger(0, p.kinds);
  const double amount = p.number();
  const int copies = p.copies();
  const RoleTable& roles = p.tables.roles;
  const int roleNode = roles.roles[roles.clients[client].role].roleNode;
  p.existing(roleNode >= 0, "role node");
  p.tables.holds.change(roles.clients[client].node, agent, descriptor, kind, amount, copies);
  p.tables.holds.change(roleNode, agent, descriptor, kind, amount, copies);
}

constexpr Operation OPERATIONS[] = {
    {Op::SET_ROLE, setRole},
    {Op::REMOVE_ROLE, removeRole},
    {Op::SET_QUOTA, setQuota},
    {Op::CONSUME, consume},
    {Op::SET_CLIENT, setClient},
    {Op::REMOVE_CLIENT, removeClient},
    {Op::SET_MINIMUM, setMinimum},
    {Op::HOLD, hold},
    {Op::HOLD_SHARED, holdShared},
};

}  // namespace

std::span<const Operation> clientOperations() { return OPERATIONS; }

}  // namespace mete
