/**
 * Weighted shuffle of the active leaves of a tree, as Mesos' random sorter has it: each draw picks among the remaining
 * leaves with probability proportional to the product of normalised weights on the leaf's path. Draws are made only as
 * far as the caller walks and depend on nothing but the salt. Twin of src/allocator/engine/shuffle.ts.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/sorter_forest.h"

namespace mete {

struct WeightedLeaves {
  uint64_t version = 0;
  std::vector<int32_t> nodes;
  std::vector<double> weights;
};

/** The leaves and their weights for each root, kept until the forest's structure changes. */
class LeafWeights {
 public:
  /** REQUIRES: `root` exists. */
  const WeightedLeaves& of(SorterForest& forest, int root);

 private:
  std::vector<std::unique_ptr<WeightedLeaves>> byRoot_;
};

/** One shuffle at a time; it keeps its memory for the next. */
class Shuffle {
 public:
  void start(const WeightedLeaves& leaves, uint32_t salt);

  /** The next leaf, or -1 when all are drawn. */
  int next();

 private:
  std::vector<int32_t> nodes_;
  std::vector<double> weights_;
  uint32_t salt_ = 0;
  uint32_t drawn_ = 0;
};

}  // namespace mete
