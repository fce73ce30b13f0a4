/** Copies of shared lots by sorter node. */
#include "core/shared_holds.h"

#include <algorithm>

namespace mete {

SharedHolds::Holds::iterator SharedHolds::find(Holds& holds, int node) {
  return std::find_if(holds.begin(), holds.end(), [node](const Hold& hold) { return hold.node == node; });
}

void SharedHolds::change(int leaf, int agent, int descriptor, int kind, double amount, double copies) {
  const uint64_t key = (static_cast<uint64_t>(agent) << 32) | static_cast<uint32_t>(descriptor);
  Holds& holds = byLot_[key];
  for (int node = leaf; node >= 0; node = forest_.parent(node)) {
    auto hold = find(holds, node);
    if (hold == holds.end()) hold = holds.insert(holds.end(), {node, 0});
    const double before = hold->copies;
    hold->copies += copies;
    const bool first = before <= 0 && hold->copies > 0;
    const bool last = before > 0 && hold->copies <= 0;
    if (first) forest_.addAmount(node, kind, amount);
    if (last) forest_.addAmount(node, kind, -amount);
    if (hold->copies <= 0) holds.erase(hold);
  }
  if (holds.empty()) byLot_.erase(key);
}

void SharedHolds::copyNode(int from, int to) {
  for (auto& [key, holds] : byLot_) {
    const auto hold = find(holds, from);
    if (hold == holds.end()) continue;
    const double copies = hold->copies;
    const auto known = find(holds, to);
    if (known == holds.end()) {
      holds.push_back({to, copies});
    } else {
      known->copies = copies;
    }
  }
}

void SharedHolds::dropNode(int node) {
  for (auto entry = byLot_.begin(); entry != byLot_.end();) {
    Holds& holds = entry->second;
    const auto hold = find(holds, node);
    if (hold != holds.end()) holds.erase(hold);
    entry = holds.empty() ? byLot_.erase(entry) : std::next(entry);
  }
}

}  // namespace mete
