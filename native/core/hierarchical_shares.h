/**
 * Shares of dynamic hierarchical DRF (H-DRF, Bhattacharya et al., SoCC 2013) for the tree of roles. Twin of
 * src/allocator/engine/hierarchical-shares.ts, which says what is computed and why.
 *
 * The sum of a node is worked out when its share is asked for and something below it has changed. Invariants: where
 * `fresh` is 0 it is 0 in all nodes above; a node is fresh only if all nodes below it are.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mete {

class SorterForest;

class HierarchicalShares {
 public:
  /** The root of the tree of roles: what it holds is what is gone. */
  static constexpr int ROLES = 0;

  explicit HierarchicalShares(const SorterForest& forest);

  void reserve(int size);

  /** Whether the node is in the tree of roles. */
  bool has(int node) const { return nodes_[node].member; }

  void add(int node, int parent);
  void remove(int node, int parent);

  /** Notes that a node has changed; true if its sum was good until now. */
  bool spoil(int node);
  /** Voids all sums: totals have changed. */
  void spoilAll() { epoch_++; }

  /** Looks at what is left of each kind; true if another set of kinds is used up than at the last look. */
  bool look();

  /** The weighted dominant share of a node of the tree of roles, among the kinds of which something is left. */
  double share(int node);

 private:
  struct Node {
    int32_t firstChild = -1;
    int32_t next = -1;
    int32_t previous = -1;
    bool member = false;
    bool blocked = false;
    /** The epoch in which the sum was made, 0 if something has changed since. */
    uint64_t fresh = 0;
  };

  size_t index(int node) const;
  bool isInternal(int node) const;
  /** What counts for a node: the sum of an internal node, which REQUIRES that it has been made. */
  const double* amountsOf(int node) const;
  double shareOf(int node) const;
  bool isBlocked(int node) const;
  void sum(int node);
  void addScaled(int node, int child, double factor);

  const SorterForest& forest_;
  std::vector<Node> nodes_;
  std::vector<double> sums_;
  std::vector<uint8_t> saturated_;
  /** Changes when all sums are void. */
  uint64_t epoch_ = 1;
};

}  // namespace mete
