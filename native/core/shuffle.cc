/** Leaf weights of a tree and draws among them. */
#include "core/shuffle.h"

#include <algorithm>

#include "core/mix32.h"

namespace mete {

namespace {

bool hasActiveLeaf(SorterForest& forest, int node) {
  if (forest.state(node) != NodeState::INTERNAL) return forest.state(node) == NodeState::ACTIVE;
  for (const int32_t child : forest.children(node)) {
    if (hasActiveLeaf(forest, child)) return true;
  }
  return false;
}

void collect(SorterForest& forest, int parent, double relative, WeightedLeaves& leaves) {
  std::vector<int32_t> active;
  for (const int32_t node : forest.children(parent)) {
    if (hasActiveLeaf(forest, node)) active.push_back(node);
  }
  std::sort(active.begin(), active.end(), [&forest](int32_t a, int32_t b) {
    return forest.label(a) != forest.label(b) ? forest.label(a) < forest.label(b) : a < b;
  });
  double sum = 0;
  for (const int32_t node : active) sum += forest.weight(node);
  for (const int32_t node : active) {
    const double weight = relative * (forest.weight(node) / sum);
    if (forest.state(node) == NodeState::INTERNAL) {
      collect(forest, node, weight, leaves);
    } else {
      leaves.nodes.push_back(node);
      leaves.weights.push_back(weight);
    }
  }
}

}  // namespace

const WeightedLeaves& LeafWeights::of(SorterForest& forest, int root) {
  if (static_cast<size_t>(root) >= byRoot_.size()) byRoot_.resize(static_cast<size_t>(forest.capacity()));
  std::unique_ptr<WeightedLeaves>& leaves = byRoot_[root];
  if (leaves != nullptr && leaves->version == forest.structureVersion()) return *leaves;
  if (leaves == nullptr) leaves = std::make_unique<WeightedLeaves>();
  leaves->version = forest.structureVersion();
  leaves->nodes.clear();
  leaves->weights.clear();
  collect(forest, root, 1, *leaves);
  return *leaves;
}

void Shuffle::start(const WeightedLeaves& leaves, uint32_t salt) {
  nodes_ = leaves.nodes;
  weights_ = leaves.weights;
  salt_ = salt;
  drawn_ = 0;
}

int Shuffle::next() {
  if (nodes_.empty()) return -1;
  double sum = 0;
  for (const double weight : weights_) sum += weight;
  double rest = uniform(salt_, drawn_++) * sum;
  size_t pick = nodes_.size() - 1;
  for (size_t i = 0; i < weights_.size(); i++) {
    rest -= weights_[i];
    if (rest < 0) {
      pick = i;
      break;
    }
  }
  const int node = nodes_[pick];
  nodes_.erase(nodes_.begin() + static_cast<ptrdiff_t>(pick));
  weights_.erase(weights_.begin() + static_cast<ptrdiff_t>(pick));
  return node;
}

}  // namespace mete
