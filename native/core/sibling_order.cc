/** The moves of a sliding order. */
#include "core/sibling_order.h"

#include <algorithm>
#include <cstring>

namespace mete {

/** Shifts the nodes at [begin, end) by one place or several. */
void SiblingOrder::shift(size_t begin, size_t end, ptrdiff_t by) {
  if (begin == end) return;
  int32_t* from = slots_.data() + begin_ + begin;
  std::memmove(from + by, from, (end - begin) * sizeof(int32_t));
}

/** Makes free slots on both sides: as many as there are nodes, so that sliding is free on average. */
void SiblingOrder::makeRoom() {
  const size_t free = std::max<size_t>(8, size_ + size_ % 2);
  std::vector<int32_t> slots(size_ + free);
  std::copy_n(slots_.data() + begin_, size_, slots.data() + free / 2);
  slots_.swap(slots);
  begin_ = free / 2;
}

void SiblingOrder::insert(size_t at, int32_t node) {
  if (begin_ + size_ == slots_.size()) makeRoom();
  shift(at, size_, 1);
  size_++;
  slots_[begin_ + at] = node;
}

void SiblingOrder::erase(size_t at) {
  shift(at + 1, size_, -1);
  size_--;
}

void SiblingOrder::move(size_t from, size_t to) {
  const int32_t node = slots_[begin_ + from];
  const size_t between = from < to ? to - from : from - to;
  if (between <= size_ / 2) {
    if (from < to) {
      shift(from + 1, to + 1, -1);
    } else {
      shift(to, from, 1);
    }
  } else if (from < to) {
    if (begin_ + size_ == slots_.size()) makeRoom();
    shift(to + 1, size_, 1);
    shift(0, from, 1);
    begin_++;
  } else {
    if (begin_ == 0) makeRoom();
    shift(0, to, -1);
    shift(from + 1, size_, -1);
    begin_--;
  }
  slots_[begin_ + to] = node;
}

}  // namespace mete
