/** The sorter against an obvious second writing of it: sort all children by what their keys are now. */
#include "core/sorter_forest.h"

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace {

using mete::NodeState;
using mete::SorterForest;

constexpr double TOTALS[] = {1000, 2000};

/** The active leaves below `root`, by sorting at each level. */
void listNaively(const SorterForest& forest, int root, std::vector<int32_t>& out) {
  std::vector<int32_t> children;
  for (int node = 0; node < forest.capacity(); node++) {
    const bool isChild = forest.exists(node) && forest.parent(node) == root;
    if (isChild && forest.state(node) != NodeState::INACTIVE) children.push_back(node);
  }
  const auto key = [&forest](int32_t node) {
    return std::tuple(forest.currentShare(node), forest.grants(node), forest.label(node), node);
  };
  std::sort(children.begin(), children.end(), [&key](int32_t a, int32_t b) { return key(a) < key(b); });
  for (const int32_t node : children) {
    if (forest.state(node) == NodeState::ACTIVE) {
      out.push_back(node);
    } else {
      listNaively(forest, node, out);
    }
  }
}

void expectOrdered(SorterForest& forest, int root) {
  std::vector<int32_t> actual;
  std::vector<int32_t> expected;
  forest.listLeaves(root, actual);
  listNaively(forest, root, expected);
  ASSERT_EQ(actual, expected);
}

class SorterForestTest : public testing::TestWithParam<int> {
 protected:
  double below(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  /** A random change to one of `count` children of node 0. */
  void change(SorterForest& forest, int count) {
    const int node = 1 + static_cast<int>(below(count));
    const double vector[] = {below(50) - 20, below(50) - 20};
    if (!forest.exists(node)) {
      forest.addNode(node, 0, below(count), NodeState::ACTIVE, 1 + below(3));
      return;
    }
    switch (static_cast<int>(below(12))) {
      case 0: forest.removeNode(node); break;
      case 1: forest.setState(node, below(2) == 0 ? NodeState::ACTIVE : NodeState::INACTIVE); break;
      case 2: forest.setWeight(node, 0.5 + below(4)); break;
      case 3: forest.setLabel(node, below(10)); break;
      case 4: forest.copy(0, node); break;
      case 5: forest.addAmount(node, 1, below(9)); break;
      default: forest.allocate(node, vector, below(2)); break;
    }
  }

  std::mt19937 random_{7};
};

TEST_P(SorterForestTest, KeepsItsOrderThroughChanges) {
  const int count = GetParam();
  for (const bool incremental : {true, false}) {
    SorterForest forest(2, incremental, false);
    forest.setTotals(TOTALS);
    forest.addNode(0, -1, 0, NodeState::INTERNAL, 1);
    for (int round = 0; round < 300; round++) {
      for (int i = static_cast<int>(below(round % 10 == 0 ? count : 6)); i >= 0; i--) change(forest, count);
      if (round % 50 == 49) {
        const double totals[] = {below(5000), below(5000)};
        forest.setTotals(totals);
      }
      expectOrdered(forest, 0);
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, SorterForestTest, testing::Values(1, 3, 16, 40, 130, 700));

TEST(SorterForest, OrdersManyOfEqualShareByGrantsAndLabel) {
  SorterForest forest(2, true, false);
  forest.setTotals(TOTALS);
  forest.addNode(0, -1, 0, NodeState::INTERNAL, 1);
  for (int node = 1; node <= 600; node++) {
    forest.addNode(node, 0, (node * 7919) % 601, NodeState::ACTIVE, 1);
    const double vector[] = {static_cast<double>(node % 5), 0};
    forest.adjust(node, vector, node % 3);
  }
  expectOrdered(forest, 0);
}

TEST(SorterForest, OrdersByGrantsWhereAllSharesAreInfinite) {
  SorterForest forest(1, true, false);
  const double totals[] = {5e-324};
  forest.setTotals(totals);
  forest.addNode(0, -1, 0, NodeState::INTERNAL, 1);
  for (int node = 1; node <= 3; node++) {
    forest.addNode(node, 0, node, NodeState::ACTIVE, 1);
    const double vector[] = {9e18};
    forest.adjust(node, vector, 3 - node);
  }
  std::vector<int32_t> leaves;
  forest.listLeaves(0, leaves);
  EXPECT_EQ(leaves, (std::vector<int32_t>{3, 2, 1}));
}

TEST(SorterForest, CountsNoKindThatIsUnfairOrOfNoTotal) {
  SorterForest forest(3, true, false);
  const double totals[] = {10, 0, 10};
  const double unfair[] = {0, 0, 1};
  const double amounts[] = {2, 9, 9};
  forest.setTotals(totals);
  forest.setUnfairKinds(unfair);
  forest.addNode(0, -1, 0, NodeState::ACTIVE, 2);
  forest.allocate(0, amounts, 1);
  EXPECT_EQ(forest.currentShare(0), 0.1);
}

/** A cluster of 100 of each of two kinds: node 1 and node 4 hold the second kind, node 3 all of the first. */
void hold(SorterForest& forest) {
  const double totals[] = {100, 100};
  const double first[] = {1, 0};
  const double second[] = {0, 1};
  forest.setTotals(totals);
  forest.addNode(0, -1, 0, NodeState::INTERNAL, 1);
  forest.addNode(1, 0, 1, NodeState::ACTIVE, 1);
  forest.addNode(2, 0, 2, NodeState::INTERNAL, 1);
  forest.addNode(3, 2, 3, NodeState::ACTIVE, 1);
  forest.addNode(4, 2, 4, NodeState::ACTIVE, 1);
  for (int i = 0; i < 100; i++) forest.allocate(3, first, 1);
  for (int i = 0; i < 51; i++) forest.allocate(1, second, 1);
  for (int i = 0; i < 48; i++) forest.allocate(4, second, 1);
}

TEST(SorterForest, NaivelyASiblingMakesAPoorNodeLookRich) {
  SorterForest forest(2, true, false);
  hold(forest);
  std::vector<int32_t> leaves;
  forest.listLeaves(0, leaves);
  EXPECT_EQ(leaves, (std::vector<int32_t>{1, 4, 3}));
  EXPECT_EQ(forest.currentShare(2), 1);
}

TEST(SorterForest, HierarchicalSharesLeaveOutWhoCanTakeNothingMore) {
  SorterForest forest(2, true, true);
  hold(forest);
  std::vector<int32_t> leaves;
  forest.listLeaves(0, leaves);
  EXPECT_EQ(leaves, (std::vector<int32_t>{3, 4, 1}));
  EXPECT_EQ(forest.currentShare(2), 0.48);
  // What is given back counts again, and the poorest below sets the scale of its siblings.
  const double back[] = {-76, 0};
  forest.allocate(3, back, 0);
  forest.lookAtTotals();
  EXPECT_EQ(forest.currentShare(2), 0.24);
  forest.setState(3, NodeState::INACTIVE);
  EXPECT_EQ(forest.currentShare(2), 0.48);
}

TEST(SorterForest, AnOrderStandsWhileItIsWalked) {
  SorterForest forest(2, true, false);
  forest.setTotals(TOTALS);
  forest.addNode(0, -1, 0, NodeState::INTERNAL, 1);
  for (int node = 1; node <= 40; node++) forest.addNode(node, 0, node, NodeState::ACTIVE, 1);
  const double vector[] = {5, 5};
  int expected = 1;
  for (const int32_t node : forest.children(0)) {
    EXPECT_EQ(node, expected++);
    forest.allocate(node, vector, 1);
  }
  EXPECT_EQ(forest.grants(0), 40);
}

}  // namespace
