/** A sliding order does what a plain vector does. */
#include "core/sibling_order.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using mete::SiblingOrder;

std::vector<int32_t> listOf(const SiblingOrder& order) { return {order.nodes().begin(), order.nodes().end()}; }

TEST(SiblingOrder, IsEmptyAtFirst) {
  const SiblingOrder order;
  EXPECT_TRUE(order.empty());
  EXPECT_EQ(listOf(order), std::vector<int32_t>{});
}

TEST(SiblingOrder, MovesFromEndToEndAndBackAgain) {
  SiblingOrder order;
  for (int32_t node = 0; node < 5; node++) order.append(node);
  for (int i = 0; i < 100; i++) order.move(0, 4);
  EXPECT_EQ(listOf(order), (std::vector<int32_t>{0, 1, 2, 3, 4}));
  for (int i = 0; i < 101; i++) order.move(4, 0);
  EXPECT_EQ(listOf(order), (std::vector<int32_t>{4, 0, 1, 2, 3}));
  order.move(2, 2);
  EXPECT_EQ(listOf(order), (std::vector<int32_t>{4, 0, 1, 2, 3}));
}

TEST(SiblingOrder, DoesWhatAVectorDoes) {
  std::mt19937 random(1);
  const auto below = [&random](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  SiblingOrder order;
  std::vector<int32_t> expected;
  for (int step = 0; step < 20000; step++) {
    const size_t choice = below(10);
    const size_t size = expected.size();
    if (size == 0 || (choice == 0 && size < 60)) {
      const size_t at = below(size + 1);
      order.insert(at, step);
      expected.insert(expected.begin() + static_cast<ptrdiff_t>(at), step);
    } else if (choice == 1) {
      const size_t at = below(size);
      order.erase(at);
      expected.erase(expected.begin() + static_cast<ptrdiff_t>(at));
    } else if (choice == 2 && below(100) == 0) {
      order.truncate(size / 2);
      expected.resize(size / 2);
    } else {
      const size_t from = below(size);
      const size_t to = below(3) == 0 ? size - 1 : below(size);
      order.move(from, to);
      const int32_t node = expected[from];
      expected.erase(expected.begin() + static_cast<ptrdiff_t>(from));
      expected.insert(expected.begin() + static_cast<ptrdiff_t>(to), node);
    }
    ASSERT_EQ(listOf(order), expected) << "after step " << step;
  }
}

}  // namespace
