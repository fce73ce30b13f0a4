/** Contents of ranges and sets, by number. */
#include "core/value_table.h"

namespace mete {

void ValueTable::define(std::span<const double> content) {
  numbers_.insert(numbers_.end(), content.begin(), content.end());
  ends_.push_back(numbers_.size());
}

bool ValueTable::containsRanges(std::span<const double> whole, std::span<const double> part) {
  size_t w = 0;
  for (size_t p = 0; p < part.size(); p += 2) {
    while (w < whole.size() && whole[w + 1] < part[p]) w += 2;
    if (w >= whole.size() || whole[w] > part[p] || whole[w + 1] < part[p + 1]) return false;
  }
  return true;
}

}  // namespace mete
