/** Sums of what children hold, scaled to the share of the poorest. */
#include "core/hierarchical_shares.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/sorter_forest.h"

namespace mete {

HierarchicalShares::HierarchicalShares(const SorterForest& forest) : forest_(forest), saturated_(forest.kinds, 0) {}

size_t HierarchicalShares::index(int node) const {
  return static_cast<size_t>(node) * static_cast<size_t>(forest_.kinds);
}

void HierarchicalShares::reserve(int size) {
  nodes_.resize(size);
  sums_.resize(index(size));
}

void HierarchicalShares::add(int node, int parent) {
  Node fresh;
  fresh.member = parent < 0 ? node == ROLES : nodes_[parent].member;
  if (parent >= 0) {
    fresh.next = nodes_[parent].firstChild;
    if (fresh.next >= 0) nodes_[fresh.next].previous = node;
    nodes_[parent].firstChild = node;
  }
  nodes_[node] = fresh;
}

void HierarchicalShares::remove(int node, int parent) {
  nodes_[node].member = false;
  if (parent < 0) return;
  const auto [before, after] = std::pair(nodes_[node].previous, nodes_[node].next);
  if (before >= 0) {
    nodes_[before].next = after;
  } else {
    nodes_[parent].firstChild = after;
  }
  if (after >= 0) nodes_[after].previous = before;
}

bool HierarchicalShares::spoil(int node) {
  if (nodes_[node].fresh == 0) return false;
  nodes_[node].fresh = 0;
  return true;
}

bool HierarchicalShares::look() {
  const bool known = forest_.exists(ROLES);
  bool moved = false;
  for (int k = 0; k < forest_.kinds; k++) {
    const double total = forest_.total(k);
    const uint8_t gone = known && total > 0 && forest_.allocation(ROLES)[k] >= total ? 1 : 0;
    if (saturated_[k] == gone) continue;
    saturated_[k] = gone;
    moved = true;
  }
  if (moved) epoch_++;
  return moved;
}

bool HierarchicalShares::isInternal(int node) const { return forest_.state(node) == NodeState::INTERNAL; }

const double* HierarchicalShares::amountsOf(int node) const {
  return isInternal(node) ? sums_.data() + index(node) : forest_.allocation(node);
}

double HierarchicalShares::share(int node) {
  if (isInternal(node)) sum(node);
  return shareOf(node);
}

double HierarchicalShares::shareOf(int node) const {
  const double* amounts = amountsOf(node);
  double share = 0;
  for (int k = 0; k < forest_.kinds; k++) {
    if (!(forest_.total(k) > 0) || forest_.isUnfair(k) || saturated_[k] != 0) continue;
    const double ratio = amounts[k] / forest_.total(k);
    share = ratio > share ? ratio : share;
  }
  return share / forest_.weight(node);
}

/** REQUIRES: the sum of an internal node has been made. */
bool HierarchicalShares::isBlocked(int node) const {
  if (isInternal(node)) return nodes_[node].blocked;
  if (forest_.state(node) == NodeState::INACTIVE) return true;
  for (int k = 0; k < forest_.kinds; k++) {
    if (saturated_[k] != 0 && !forest_.isUnfair(k) && forest_.allocation(node)[k] > 0) return true;
  }
  return false;
}

/** Makes the sum of an internal node. */
void HierarchicalShares::sum(int node) {
  if (nodes_[node].fresh == epoch_) return;
  double least = std::numeric_limits<double>::infinity();
  bool free = false;
  for (int child = nodes_[node].firstChild; child >= 0; child = nodes_[child].next) {
    const double childShare = share(child);
    if (isBlocked(child)) continue;
    free = true;
    least = std::min(least, childShare);
  }
  std::fill_n(sums_.begin() + static_cast<ptrdiff_t>(index(node)), forest_.kinds, 0.0);
  for (int child = nodes_[node].firstChild; child >= 0; child = nodes_[child].next) {
    const double childShare = shareOf(child);
    addScaled(node, child, childShare > least && !isBlocked(child) ? least / childShare : 1);
  }
  nodes_[node].blocked = !free;
  nodes_[node].fresh = epoch_;
}

void HierarchicalShares::addScaled(int node, int child, double factor) {
  const double* amounts = amountsOf(child);
  double* sums = sums_.data() + index(node);
  for (int k = 0; k < forest_.kinds; k++) sums[k] += factor == 1 ? amounts[k] : std::floor(amounts[k] * factor);
}

}  // namespace mete
