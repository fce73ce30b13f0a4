/** Nodes, their shares, and the upkeep of the order of siblings. */
#include "core/sorter_forest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace mete {

namespace {

/** Up to here an order is sorted by insertion, and then up to here by comparisons. */
constexpr size_t SMALL = 16;
constexpr size_t MEDIUM = 128;

constexpr int RADIX_BITS = 8;
constexpr uint64_t BUCKETS = 1U << RADIX_BITS;
constexpr int PASSES = 64 / RADIX_BITS;

}  // namespace

SorterForest::SorterForest(int kinds, bool incremental, bool hierarchical)
    : kinds(kinds),
      incremental(incremental),
      totals_(kinds, 0.0),
      unfairKinds_(kinds, 0),
      hierarchy_(hierarchical ? std::make_unique<HierarchicalShares>(*this) : nullptr) {}

void SorterForest::reserve(int node) {
  const int old = capacity();
  if (node < old) return;
  const int size = std::max({16, old * 2, node + 1});
  keys_.resize(size);
  allocation_.resize(static_cast<size_t>(size) * kinds);
  families_.resize(size);
  nodes_.resize(size);
  if (hierarchy_ != nullptr) hierarchy_->reserve(size);
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
  if (hierarchy_ != nullptr) hierarchy_->spoilAll();
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
  if (hierarchy_ != nullptr) hierarchy_->add(node, parent);
  structureVersion_++;
  if (parent < 0) return;
  families_[parent].size++;
  touch(node);
}

void SorterForest::removeNode(int node) {
  Node& n = nodes_[node];
  if (n.parent >= 0) {
    families_[n.parent].size--;
    if (hierarchy_ != nullptr) spoilAbove(node);
    if (n.ordered) takeOut(n.parent, node);
    if (n.stale) {
      std::vector<int32_t>& list = families_[n.parent].stale;
      list.erase(std::find(list.begin(), list.end(), node));
      n.stale = false;
    }
  }
  if (hierarchy_ != nullptr) hierarchy_->remove(node, n.parent);
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

void SorterForest::spoilAbove(int node) {
  if (!hierarchy_->has(node)) return;
  for (int above = nodes_[node].parent; above >= 0 && hierarchy_->spoil(above); above = nodes_[above].parent) {
    if (nodes_[above].parent >= 0) markStale(above);
  }
}

double SorterForest::currentShare(int node) const {
  if (hierarchy_ != nullptr && hierarchy_->has(node)) return hierarchy_->share(node);
  const double* amounts = allocation_.data() + index(node);
  double share = 0;
  for (size_t i = 0; i < fairKinds_.size(); i++) {
    const double ratio = amounts[fairKinds_[i]] / fairTotals_[i];
    share = ratio > share ? ratio : share;
  }
  return share / nodes_[node].weight;
}

size_t SorterForest::lowerBound(const SiblingOrder& order, size_t low, size_t high, int node) const {
  // Halves without branches: which way a comparison goes cannot be predicted.
  const Key key = keys_[node];
  size_t count = high - low;
  while (count > 0) {
    const size_t half = count / 2;
    const bool isBefore = precedes(order[low + half], keys_[order[low + half]], node, key);
    low = isBefore ? low + half + 1 : low;
    count = isBefore ? count - half - 1 : half;
  }
  return low;
}

size_t SorterForest::placeOf(const SiblingOrder& order, int node) const {
  // Who was granted something most often stood first.
  const size_t at = order[0] == node ? 0 : lowerBound(order, 0, order.size(), node);
  assert(at < order.size() && order[at] == node);
  return at;
}

void SorterForest::takeOut(int parent, int node) {
  SiblingOrder& order = families_[parent].order;
  order.erase(placeOf(order, node));
  nodes_[node].ordered = false;
}

void SorterForest::putIn(int parent, int node) {
  SiblingOrder& order = families_[parent].order;
  order.insert(lowerBound(order, 0, order.size(), node), node);
  nodes_[node].ordered = true;
}

/** Moves a child that stays in the order to the place of its new key. */
void SorterForest::reposition(int parent, int node) {
  SiblingOrder& order = families_[parent].order;
  const size_t length = order.size();
  const size_t from = placeOf(order, node);
  rekey(node);
  if (from + 1 < length && before(order[from + 1], node)) {
    order.move(from, lowerBound(order, from + 1, length, node) - 1);
  } else {
    order.move(from, lowerBound(order, 0, from, node));
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
  SiblingOrder& order = family.order;
  size_t length = 0;
  for (const int32_t node : order.nodes()) {
    if (nodes_[node].state == NodeState::INACTIVE) {
      nodes_[node].ordered = false;
    } else {
      order.nodes()[length++] = node;
    }
  }
  order.truncate(length);
  for (const int32_t node : family.stale) {
    Node& n = nodes_[node];
    n.stale = false;
    if (n.ordered || n.state == NodeState::INACTIVE) continue;
    n.ordered = true;
    order.append(node);
  }
  family.stale.clear();
  family.sortedAtTotals = totalsVersion_;
  for (const int32_t node : order.nodes()) rekey(node);
  sortOrder(order.nodes());
}

/** Sorts nodes by their stored keys. The order is total, so how it is found does not show. */
void SorterForest::sortOrder(std::span<int32_t> order) {
  const auto inOrder = [this](int32_t a, int32_t b) { return before(a, b); };
  const auto sorted = std::is_sorted_until(order.begin(), order.end(), inOrder);
  if (sorted == order.end()) return;
  if (order.size() <= SMALL) {
    for (auto next = sorted; next != order.end(); ++next) {
      std::rotate(std::upper_bound(order.begin(), next, *next, inOrder), next, next + 1);
    }
  } else if (order.size() <= MEDIUM) {
    std::sort(order.begin(), order.end(), inOrder);
  } else {
    entries_.clear();
    for (const int32_t node : order) entries_.push_back({std::bit_cast<uint64_t>(keys_[node].share), node});
    radixSort();
    for (size_t i = 0; i < order.size(); i++) order[i] = entries_[i].node;
    sortEqualShares(order);
  }
}

/** Sorts the entries by share, digit by digit from the last; digits that all have in common are passed over. */
void SorterForest::radixSort() {
  std::array<std::array<uint32_t, BUCKETS>, PASSES> places{};
  for (const SortEntry& entry : entries_) {
    for (int pass = 0; pass < PASSES; pass++) places[pass][(entry.shareBits >> (pass * RADIX_BITS)) % BUCKETS]++;
  }
  otherEntries_.resize(entries_.size());
  for (int pass = 0; pass < PASSES; pass++) {
    const int shift = pass * RADIX_BITS;
    std::array<uint32_t, BUCKETS>& place = places[pass];
    if (place[(entries_[0].shareBits >> shift) % BUCKETS] == entries_.size()) continue;
    std::exclusive_scan(place.begin(), place.end(), place.begin(), 0U);
    for (const SortEntry& entry : entries_) otherEntries_[place[(entry.shareBits >> shift) % BUCKETS]++] = entry;
    entries_.swap(otherEntries_);
  }
}

/** Sorts within each run of equal shares. REQUIRES: shares are in order. */
void SorterForest::sortEqualShares(std::span<int32_t> order) {
  const auto inOrder = [this](int32_t a, int32_t b) { return before(a, b); };
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    const double share = keys_[order[begin]].share;
    while (end < order.size() && keys_[order[end]].share == share) end++;
    const auto first = order.begin() + static_cast<ptrdiff_t>(begin);
    const auto last = order.begin() + static_cast<ptrdiff_t>(end);
    if (!std::is_sorted(first, last, inOrder)) std::sort(first, last, inOrder);
  }
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
