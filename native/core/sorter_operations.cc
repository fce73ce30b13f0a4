/** Operations on totals and sorter nodes (see opcodes.h). Twin of src/allocator/engine/sorter-operations.ts. */
#include "core/operands.h"

namespace mete {

namespace {

void setTotals(Operands& p) { p.tables.forest.setTotals(p.vector()); }

void setUnfairKinds(Operands& p) { p.tables.forest.setUnfairKinds(p.vector()); }

uint8_t readState(Operands& p) {
  return static_cast<uint8_t>(p.smallInteger(NodeState::INTERNAL, NodeState::INACTIVE + 1));
}

void addNode(Operands& p) {
  SorterForest& forest = p.tables.forest;
  const int node = p.freshId(forest.capacity());
  const int parent = p.idOrNone();
  const double label = p.number();
  const uint8_t state = readState(p);
  const double weight = p.weight();
  if (forest.exists(node)) p.fail("adds a node that exists");
  if (parent >= 0) {
    p.existing(forest.exists(parent) && forest.state(parent) == NodeState::INTERNAL, "parent");
    if (forest.depth(parent) >= SorterForest::MAX_DEPTH) {
      p.fail("adds a node more than " + std::to_string(SorterForest::MAX_DEPTH) + " levels below its root");
    }
  }
  forest.addNode(node, parent, label, state, weight);
  p.cycle.relaxed = true;
}

void removeNode(Operands& p) {
  const int node = p.node();
  if (p.tables.forest.childrenOf(node) > 0) p.fail("removes a node that has children");
  p.tables.holds.dropNode(node);
  p.tables.roles.dropNode(node);
  p.tables.forest.removeNode(node);
}

void setNodeState(Operands& p) {
  const int node = p.node();
  const uint8_t state = readState(p);
  if (state != NodeState::INTERNAL && p.tables.forest.childrenOf(node) > 0) p.fail("makes a leaf of a parent");
  p.tables.forest.setState(node, state);
  if (state != NodeState::INACTIVE) p.cycle.relaxed = true;
}

void setNodeWeight(Operands& p) {
  const int node = p.node();
  p.tables.forest.setWeight(node, p.weight());
}

void setNodeLabel(Operands& p) {
  const int node = p.node();
  p.tables.forest.setLabel(node, p.number());
}

void allocate(Operands& p) {
  const int node = p.node();
  const double grants = p.number();
  p.tables.forest.allocate(node, p.vector(), grants);
}

void adjustNode(Operands& p) {
  const int node = p.node();
  const double grants = p.number();
  p.tables.forest.adjust(node, p.vector(), grants);
}

void copyNode(Operands& p) {
  const int from = p.node();
  const int to = p.node();
  if (from == to) p.fail("copies a node to itself");
  p.tables.forest.copy(from, to);
  p.tables.holds.copyNode(from, to);
}

void holdSharedNode(Operands& p) {
  const int node = p.node();
  const int agent = p.id();
  const int descriptor = p.id();
  const int kind = p.smallInteger(0, p.kinds);
  const double amount = p.number();
  p.tables.holds.change(node, agent, descriptor, kind, amount, p.copies());
}

constexpr Operation OPERATIONS[] = {
    {Op::SET_TOTALS, setTotals},
    {Op::SET_UNFAIR_KINDS, setUnfairKinds},
    {Op::ADD_NODE, addNode},
    {Op::REMOVE_NODE, removeNode},
    {Op::SET_NODE_STATE, setNodeState},
    {Op::SET_NODE_WEIGHT, setNodeWeight},
    {Op::SET_NODE_LABEL, setNodeLabel},
    {Op::ALLOCATE, allocate},
    {Op::ADJUST_NODE, adjustNode},
    {Op::COPY_NODE, copyNode},
    {Op::HOLD_SHARED_NODE, holdSharedNode},
};

}  // namespace

std::span<const Operation> sorterOperations() { return OPERATIONS; }

}  // namespace mete
