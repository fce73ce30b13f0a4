/**
 * Who holds copies of a shared lot. Twin of src/allocator/engine/shared-holds.ts.
 *
 * A shared persistent volume may be held in several copies, but counts once for the share of each sorter node, however
 * many clients below that node hold it. So every shared lot keeps a count of copies for each node.
 *
 * Invariant: every hold has copies and belongs to a node that exists (whoever removes a node calls `dropNode`).
 */
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/sorter_forest.h"

namespace mete {

class SharedHolds {
 public:
  explicit SharedHolds(SorterForest& forest) : forest_(forest) {}

  /**
   * Adds copies (negative: takes away) to a leaf (-1: none) and its ancestors; amounts follow the first and the last
   * copy.
   */
  void change(int leaf, int agent, int descriptor, int kind, double amount, double copies);

  /** Gives what `from` holds to `to` as well: a leaf that becomes a parent hands its copies to its virtual leaf. */
  void copyNode(int from, int to);

  void dropNode(int node);

 private:
  struct Hold {
    int32_t node;
    double copies;
  };
  using Holds = std::vector<Hold>;

  static Holds::iterator find(Holds& holds, int node);

  SorterForest& forest_;
  std::unordered_map<uint64_t, Holds> byLot_;
};

}  // namespace mete
