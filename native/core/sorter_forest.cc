#include "core/sorter_forest.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mete {

namespace {

/** Up to here an order is sorted in place; it costs less than gathering keys. */
constexpr size_t SMALL = 16;

void moveBlock(std::vector<int32_t>& order, size_t to, size_t from, size_t count) {
  if (count > 0) std::memmove(order.data() + to, order.data() + from, count * sizeof(int32_t));
}

}  // namespace

SorterForest::SorterForest(int kinds, bool incremental)
    : kinds(kinds), incremental(incremental), totals_(kinds, 0.0), unfairKinds_(kinds, 0) {}

void SorterForest::reserve(int node) {
  const int old = capacity();
  if (node < old) return;
  const int size = std::max({16, old * 2, node + 1});
  keys_.resize(size);
  allocation_.resize(static_cast<size_t>(size) * kinds);
  families_.resize(size);
  nodes_.resize(size);
}

void SorterForest::setTotals(const double* totals) {
  std::copy_n(totals, kinds, totals_.begin());
  totalsChanged();
}

void SorterForest::setUnfairKinds(const double* flags) {
  for (int k = 0; k < kinds; k++) unfairKinds_[k] = flags[k] == 0 ? 0 : 1;
  totalsChanged();
}

void SorterForest::totalsChanged() {
  totalsVersion_++;
  fairKinds_.clear();
  fairTotals_.clear();
  for (int k = 0; k < kinds; k++) {
    if (!(totals_[k] > 0) || unfairKinds_[k] != 0) continue;
    fairKinds_.push_back(k);
    fairTotals_.push_back(totals_[k]);
  }
}

void SorterForest::addNode(int node, int parent, double label, uint8_t state, double weight) {
  reserve(node);
  Node fresh;
  fresh.parent = parent;
  fresh.depth = parent < 0 ? 0 : nodes_[parent].depth + 1;
  fresh.state = state;
  fresh.weight = weight;
  fresh.label = label;
  nodes_[node] = fresh;
  keys_[node] = {0, 0, label};
  std::fill_n(allocation_.begin() + static_cast<ptrdiff_t>(index(node)), kinds, 0.0);
  families_[node] = Family();
  structureVersion_++;
  if (parent < 0) return;
  families_[parent].size++;
  touch(node);
}

void SorterForest::removeNode(int node) {
  Node& n = nodes_[node];
  if (n.parent >= 0) {
    families_[n.parent].size--;
    if (n.ordered) takeOut(n.parent, node);
    if (n.stale) {
      std::vector<int32_t>& list = families_[n.parent].stale;
      list.erase(std::find(list.begin(), list.end(), node));
      n.stale = false;
    }
  }
  structureVersion_++;
  n.state = NodeState::FREE;
  families_[node] = Family();
}

void SorterForest::setState(int node, uint8_t state) {
  Node& n = nodes_[node];
  if (n.state == state) return;
  n.state = state;
  structureVersion_++;
  if (n.parent >= 0) touch(node);
}

void SorterForest::setWeight(int node, double weight) {
  nodes_[node].weight = weight;
  structureVersion_++;
  if (nodes_[node].parent >= 0) touch(node);
}

void SorterForest::setLabel(int node, double label) {
  nodes_[node].label = label;
  structureVersion_++;
  if (nodes_[node].parent >= 0) touch(node);
}

void SorterForest::allocate(int leaf, const double* vector, double grants) {
  for (int node = leaf; node >= 0; node = nodes_[node].parent) adjust(node, vector, grants);
}

void SorterForest::adjust(int node, const double* vector, double grants) {
  double* amounts = allocation_.data() + index(node);
  for (int k = 0; k < kinds; k++) amounts[k] += vector[k];
  nodes_[node].grants += grants;
  if (nodes_[node].parent >= 0) touch(node);
}

void SorterForest::copy(int from, int to) {
  std::copy_n(allocation_.begin() + static_cast<ptrdiff_t>(index(from)), kinds,
              allocation_.begin() + static_cast<ptrdiff_t>(index(to)));
  nodes_[to].grants = nodes_[from].grants;
  if (nodes_[to].parent >= 0) touch(to);
}

void SorterForest::addAmount(int node, int kind, double amount) {
  allocation_[index(node) + kind] += amount;
  if (nodes_[node].parent >= 0) touch(node);
}

double SorterForest::currentShare(int node) const {
  const double* amounts = allocation_.data() + index(node);
  double share = 0;
  for (size_t i = 0; i < fairKinds_.size(); i++) {
    const double ratio = amounts[fairKinds_[i]] / fairTotals_[i];
    share = ratio > share ? ratio : share;
  }
  return share / nodes_[node].weight;
}

size_t SorterForest::lowerBound(const std::vector<int32_t>& order, size_t low, size_t high, int node) const {
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (before(order[middle], node)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

size_t SorterForest::placeOf(const std::vector<int32_t>& order, int node) const {
  // Who was granted something most often stood first.
  const size_t at = order.front() == node ? 0 : lowerBound(order, 0, order.size(), node);
  assert(at < order.size() && order[at] == node);
  return at;
}

void SorterForest::takeOut(int parent, int node) {
  std::vector<int32_t>& order = families_[parent].order;
  order.erase(order.begin() + static_cast<ptrdiff_t>(placeOf(order, node)));
  nodes_[node].ordered = false;
}

void SorterForest::putIn(int parent, int node) {
  std::vector<int32_t>& order = families_[parent].order;
  const size_t at = lowerBound(order, 0, order.size(), node);
  order.insert(order.begin() + static_cast<ptrdiff_t>(at), node);
  nodes_[node].ordered = true;
}

/** Moves a child that stays in the order to the place of its new key, with one block move. */
void SorterForest::reposition(int parent, int node) {
  std::vector<int32_t>& order = families_[parent].order;
  const size_t length = order.size();
  const size_t from = placeOf(order, node);
  rekey(node);
  if (from + 1 < length && before(order[from + 1], node)) {
    const size_t to = lowerBound(order, from + 1, length, node) - 1;
    moveBlock(order, from, from + 1, to - from);
    order[to] = node;
  } else {
    const size_t to = lowerBound(order, 0, from, node);
    moveBlock(order, to + 1, to, from - to);
    order[to] = node;
  }
}

/** Brings an order up to date that is not. REQUIRES: no walk over this parent's children is in progress. */
void SorterForest::refreshStale(int parent) {
  Family& family = families_[parent];
  if (family.sortedAtTotals != totalsVersion_ || !incremental || family.stale.size() * 8 > family.order.size()) {
    resort(parent);
    return;
  }
  for (const int32_t node : family.stale) {
    Node& n = nodes_[node];
    n.stale = false;
    const bool listed = n.state != NodeState::INACTIVE;
    if (n.ordered && listed) {
      reposition(parent, node);
    } else if (n.ordered) {
      takeOut(parent, node);
    } else if (listed) {
      rekey(node);
      putIn(parent, node);
    }
  }
  family.stale.clear();
}

/** Recomputes every key of a parent's children and sorts them. */
void SorterForest::resort(int parent) {
  sorts_++;
  Family& family = families_[parent];
  std::vector<int32_t>& order = family.order;
  size_t length = 0;
  for (const int32_t node : order) {
    if (nodes_[node].state == NodeState::INACTIVE) {
      nodes_[node].ordered = false;
    } else {
      order[length++] = node;
    }
  }
  order.resize(length);
  for (const int32_t node : family.stale) {
    Node& n = nodes_[node];
    n.stale = false;
    if (n.ordered || n.state == NodeState::INACTIVE) continue;
    n.ordered = true;
    order.push_back(node);
  }
  family.stale.clear();
  family.sortedAtTotals = totalsVersion_;
  for (const int32_t node : order) rekey(node);
  sortOrder(order);
}

/** Sorts nodes by their stored keys. The order is total, so how it is found does not show. */
void SorterForest::sortOrder(std::vector<int32_t>& order) {
  const auto inOrder = [this](int32_t a, int32_t b) { return before(a, b); };
  const auto sorted = std::is_sorted_until(order.begin(), order.end(), inOrder);
  if (sorted == order.end()) return;
  if (order.size() <= SMALL) {
    for (auto next = sorted; next != order.end(); ++next) {
      std::rotate(std::upper_bound(order.begin(), next, *next, inOrder), next, next + 1);
    }
    return;
  }
  entries_.clear();
  for (const int32_t node : order) entries_.push_back({std::bit_cast<uint64_t>(keys_[node].share), node});
  std::sort(entries_.begin(), entries_.end(), [this](const SortEntry& a, const SortEntry& b) {
    if (a.shareBits != b.shareBits) return a.shareBits < b.shareBits;
    return beforeOfEqualShare(a.node, keys_[a.node], b.node, keys_[b.node]);
  });
  for (size_t i = 0; i < order.size(); i++) order[i] = entries_[i].node;
}

void SorterForest::listLeaves(int root, std::vector<int32_t>& out) {
  for (const int32_t node : children(root)) {
    if (nodes_[node].state == NodeState::ACTIVE) {
      out.push_back(node);
    } else {
      listLeaves(node, out);
    }
  }
}

}  // namespace mete
