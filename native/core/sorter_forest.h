/**
 * The sorters: a forest of nodes ordered by weighted dominant share. Tree 0 holds the roles, one more tree for each
 * role holds its frameworks. Twin of src/allocator/engine/sorter-forest.ts.
 *
 * Order among siblings is total: share, then grants so far, then label, then (should labels be equal) the node itself.
 * Each internal node keeps its active children in an array ordered by the keys stored at the last refresh. A change
 * only marks the child stale; the next refresh moves the stale children, so a change costs O(log n) comparisons and one
 * block move, and a walk that has begun keeps the order it began with.
 *
 * Invariants, after every operation:
 *   - an order is strictly sorted by the stored keys, never NaN, and lists exactly the nodes marked `ordered`;
 *   - the stale children of a parent are exactly its children marked `stale`;
 *   - only internal nodes have children; a parent exists as long as its children, so every chain of parents ends.
 */
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/hierarchical_shares.h"
#include "core/opcodes.h"
#include "core/sibling_order.h"

namespace mete {

class SorterForest {
 public:
  /** Levels below a root: walks recurse, so a tree has a bound. */
  static constexpr int MAX_DEPTH = 1024;

  SorterForest(int kinds, bool incremental, bool hierarchical);

  SorterForest(const SorterForest&) = delete;
  SorterForest& operator=(const SorterForest&) = delete;

  const int kinds;
  const bool incremental;

  /** Number of nodes there is room for; ids are below it. */
  int capacity() const { return static_cast<int>(nodes_.size()); }

  bool exists(int node) const { return node >= 0 && node < capacity() && nodes_[node].state != NodeState::FREE; }

  bool isRoot(int node) const { return exists(node) && nodes_[node].parent < 0; }

  // The accessors below REQUIRE exists(node).

  int parent(int node) const { return nodes_[node].parent; }
  /** 0 for a root. */
  int depth(int node) const { return nodes_[node].depth; }
  uint8_t state(int node) const { return nodes_[node].state; }
  double weight(int node) const { return nodes_[node].weight; }
  double label(int node) const { return nodes_[node].label; }
  double grants(int node) const { return nodes_[node].grants; }
  /** `kinds` amounts. */
  const double* allocation(int node) const { return allocation_.data() + index(node); }
  /** Number of children of any state. */
  int childrenOf(int node) const { return families_[node].size; }

  double total(int kind) const { return totals_[kind]; }
  bool isUnfair(int kind) const { return unfairKinds_[kind] != 0; }

  uint64_t sorts() const { return sorts_; }
  /** Changes when nodes, states, weights or labels change: what a shuffle depends on. */
  uint64_t structureVersion() const { return structureVersion_; }

  void setTotals(const double* totals);
  void setUnfairKinds(const double* flags);

  /** REQUIRES: `node` does not exist; `parent` is -1 or exists and is internal. */
  void addNode(int node, int parent, double label, uint8_t state, double weight);
  /** REQUIRES: `node` exists and has no children. */
  void removeNode(int node);
  /** REQUIRES: a node with children stays internal. */
  void setState(int node, uint8_t state);
  void setWeight(int node, double weight);
  void setLabel(int node, double label);

  /** Adds amounts and grants to a node (-1: to none) and its ancestors. */
  void allocate(int leaf, const double* vector, double grants);
  /** Adds amounts and grants to one node alone. */
  void adjust(int node, const double* vector, double grants);
  /** Gives one node the amounts and grants of another. */
  void copy(int from, int to);
  /** Adds to one amount of one node. */
  void addAmount(int node, int kind, double amount);

  /** Under H-DRF all shares change when a kind is used up. Not looked at in a walk: grants must not turn its order. */
  void lookAtTotals() {
    if (hierarchy_ != nullptr && hierarchy_->look()) totalsVersion_++;
  }

  /** The weighted dominant share by what is allocated now; unlike the stored key it does not wait for a refresh. */
  double currentShare(int node) const;

  /**
   * The refreshed active children of a parent, in order; valid until its next refresh.
   * REQUIRES: no walk over this parent's children is in progress.
   */
  std::span<const int32_t> children(int parent) {
    refresh(parent);
    return std::as_const(families_[parent].order).nodes();
  }

  /** Appends the active leaves below `root` in order. */
  void listLeaves(int root, std::vector<int32_t>& out);

 private:
  struct Node {
    double weight = 0;
    double label = 0;
    double grants = 0;
    int32_t parent = -1;
    int32_t depth = 0;
    uint8_t state = NodeState::FREE;
    bool ordered = false;
    bool stale = false;
  };

  /** What a node was ordered by at the last refresh. */
  struct Key {
    double share = 0;
    double grants = 0;
    double label = 0;
  };

  /** A parent's children. */
  struct Family {
    SiblingOrder order;
    std::vector<int32_t> stale;
    uint64_t sortedAtTotals = 0;
    int32_t size = 0;
  };

  /** An element of a sort: the bits of a share order as the share does, for no share is negative. */
  struct SortEntry {
    uint64_t shareBits;
    int32_t node;
  };

  size_t index(int node) const { return static_cast<size_t>(node) * static_cast<size_t>(kinds); }

  void reserve(int node);
  void totalsChanged();

  /** Marks that the node's key or state may have changed since its parent was refreshed. */
  void touch(int node) {
    markStale(node);
    if (hierarchy_ != nullptr) spoilAbove(node);
  }

  void markStale(int node) {
    Node& n = nodes_[node];
    if (n.stale) return;
    n.stale = true;
    families_[n.parent].stale.push_back(node);
  }

  /** Under H-DRF the share of a node changes with anything below it. */
  void spoilAbove(int node);

  void rekey(int node) {
    const Node& n = nodes_[node];
    keys_[node] = {currentShare(node), n.grants, n.label};
  }

  /** Whether `a` with the key `x` comes before `b` with the key `y`; computed without branches. */
  static bool precedes(int a, const Key& x, int b, const Key& y) {
    const bool byLabel = (x.label < y.label) | ((x.label == y.label) & (a < b));
    const bool byGrants = (x.grants < y.grants) | ((x.grants == y.grants) & byLabel);
    return (x.share < y.share) | ((x.share == y.share) & byGrants);
  }

  /** Whether `a` comes before `b`, by stored keys. */
  bool before(int a, int b) const { return precedes(a, keys_[a], b, keys_[b]); }

  /** Index of the first of `order[low, high)` that does not come before `node`; `high` if all do. */
  size_t lowerBound(const SiblingOrder& order, size_t low, size_t high, int node) const;
  /** Where a node is in the order it is in. */
  size_t placeOf(const SiblingOrder& order, int node) const;

  void takeOut(int parent, int node);
  void putIn(int parent, int node);
  void reposition(int parent, int node);

  void refresh(int parent) {
    if (parent == HierarchicalShares::ROLES) lookAtTotals();
    const Family& family = families_[parent];
    if (family.sortedAtTotals == totalsVersion_ && family.stale.empty() && incremental) return;
    refreshStale(parent);
  }
  void refreshStale(int parent);
  void resort(int parent);
  void sortOrder(std::span<int32_t> order);
  void radixSort();
  void sortEqualShares(std::span<int32_t> order);

  std::vector<Node> nodes_;
  std::vector<Key> keys_;
  std::vector<double> allocation_;
  std::vector<Family> families_;
  std::vector<double> totals_;
  std::vector<uint8_t> unfairKinds_;
  /** The kinds that count for shares, and their totals; all positive. */
  std::vector<int32_t> fairKinds_;
  std::vector<double> fairTotals_;
  std::vector<SortEntry> entries_;
  std::vector<SortEntry> otherEntries_;
  /** For the tree of roles, if it is ordered by H-DRF. */
  const std::unique_ptr<HierarchicalShares> hierarchy_;
  uint64_t totalsVersion_ = 1;
  uint64_t structureVersion_ = 0;
  uint64_t sorts_ = 0;
};

}  // namespace mete
