/**
 * An order of siblings as a window in a larger array. Moving a node within it shifts whatever is less: the siblings
 * between its two places, or the others around them, for which the window slides by one. Whoever stood first, was
 * granted something and now stands last costs no more than two writes.
 *
 * This has no twin: in TypeScript a block move is what it takes. The order is the same.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mete {

class SiblingOrder {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  int32_t operator[](size_t at) const { return slots_[begin_ + at]; }
  std::span<int32_t> nodes() { return {slots_.data() + begin_, size_}; }
  std::span<const int32_t> nodes() const { return {slots_.data() + begin_, size_}; }

  /** Keeps the first `size` nodes. */
  void truncate(size_t size) { size_ = size; }
  void append(int32_t node) { insert(size_, node); }
  void insert(size_t at, int32_t node);
  void erase(size_t at);
  /** Puts what is at `from` to `to`, and the others together again. */
  void move(size_t from, size_t to);

 private:
  void shift(size_t begin, size_t end, ptrdiff_t by);
  void makeRoom();

  std::vector<int32_t> slots_;
  size_t begin_ = 0;
  size_t size_ = 0;
};

}  // namespace mete
