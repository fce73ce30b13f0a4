/** The engine's own checks: what it refuses, in which words, and that it goes on afterwards. */
#include "core/engine.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/opcodes.h"

namespace mete {
namespace {

constexpr double NOT_A_NUMBER = std::numeric_limits<double>::quiet_NaN();
constexpr double INFINITE = std::numeric_limits<double>::infinity();

template <typename Call>
std::string refusalOf(Call call) {
  try {
    call();
  } catch (const EngineError& error) {
    return error.what();
  }
  return "accepted";
}

class EngineTest : public testing::Test {
 protected:
  std::string apply(const std::vector<double>& program) {
    return refusalOf([&] { engine.apply(program.data(), 65536, static_cast<double>(program.size())); });
  }

  Engine engine{checkOptions(2, 1, false, false, false, true)};
};

TEST(EngineOptions, AreChecked) {
  const auto check = [](double kinds, double seed) {
    return refusalOf([=] { checkOptions(kinds, seed, false, false, false, true); });
  };
  EXPECT_EQ(check(0, 0), "accepted");
  EXPECT_EQ(check(1024, -4294967295.0), "accepted");
  EXPECT_EQ(check(1025, 0), "1025 kinds are not within 0 and 1024");
  EXPECT_EQ(check(1.5, 0), "1.5 kinds are not within 0 and 1024");
  EXPECT_EQ(check(NOT_A_NUMBER, 0), "NaN kinds are not within 0 and 1024");
  EXPECT_EQ(check(1, 4294967296.0), "seed 4294967296 is no 32-bit integer");
  EXPECT_EQ(check(1, INFINITE), "seed Infinity is no 32-bit integer");
}

TEST_F(EngineTest, RefusesWhatIsNoProgram) {
  const double ops[] = {Op::SET_TOTALS, 1, 1};
  const auto length = [&](double n) { return refusalOf([&] { engine.apply(ops, 3, n); }); };
  EXPECT_EQ(length(3), "accepted");
  EXPECT_EQ(length(4), "program length 4 is not within the operation buffer of 3");
  EXPECT_EQ(length(-1), "program length -1 is not within the operation buffer of 3");
  EXPECT_EQ(length(NOT_A_NUMBER), "program length NaN is not within the operation buffer of 3");
  EXPECT_EQ(length(2), "operation 1 at 0 is cut off");
  EXPECT_EQ(apply({0}), "operation 0 at 0 is not an operation");
  EXPECT_EQ(apply({Op::END}), "operation 30 at 0 is not an operation");
  EXPECT_EQ(apply({1.5}), "operation 1.5 at 0 is not an operation");
  EXPECT_EQ(apply({NOT_A_NUMBER}), "operation NaN at 0 is not an operation");
  EXPECT_EQ(apply({1e300}), "operation 1e+300 at 0 is not an operation");
}

TEST_F(EngineTest, NamesTheOperationAndItsPosition) {
  EXPECT_EQ(apply({1, 5, 5, 2, 0, NOT_A_NUMBER}), "operation 2 at 3 has a bad amount NaN");
  EXPECT_EQ(apply({1, 5, INFINITE}), "operation 1 at 0 has a bad amount Infinity");
  EXPECT_EQ(apply({3, 5000, -1, 0, 1, 1}), "operation 3 at 0 has a bad operand 5000");
  EXPECT_EQ(apply({3, 0, -1, 0, 1, 0}), "operation 3 at 0 has a bad weight 0");
  EXPECT_EQ(apply({3, 0, 0, 0, 1, 1}), "operation 3 at 0 names an unknown parent");
  EXPECT_EQ(apply({3, 0, -1, 1e19, 1, 1}), "operation 3 at 0 has a bad operand 10000000000000000000");
  EXPECT_EQ(apply({24, 0}), "operation 24 at 0 names an unknown agent");
  EXPECT_EQ(apply({29, 1, 0}), "operation 29 at 0 defines a value out of turn");
  EXPECT_EQ(apply({29, 0, 3, 1, 2, 3}), "operation 29 at 0 has cut off values");
}

TEST_F(EngineTest, ExecutesWhatComesBeforeAnError) {
  EXPECT_EQ(apply({3, 0, -1, 0, 1, 1, 3, 0, -1, 0, 1, 1}), "operation 3 at 6 adds a node that exists");
  EXPECT_EQ(engine.readNode(0).size(), 4U);
  EXPECT_EQ(refusalOf([this] { engine.readNode(1); }), "node 1 does not exist");
  EXPECT_EQ(refusalOf([this] { engine.sort(0.5); }), "node 0.5 does not exist");
  EXPECT_EQ(refusalOf([this] { engine.shuffle(-1, 0); }), "node -1 does not exist");
  EXPECT_EQ(refusalOf([this] { engine.shuffle(0, -1); }), "salt -1 is no 32-bit integer");
  EXPECT_EQ(refusalOf([this] { engine.cycle(-1, true); }), "run -1 is no natural number");
  EXPECT_EQ(refusalOf([this] { engine.cycle(9007199254740992.0, true); }), "run 9007199254740992 is no natural number");
}

TEST_F(EngineTest, ATreeHasABound) {
  std::vector<double> program = {3, 0, -1, 0, 1, 1};
  for (double node = 1; node <= 1025; node++) program.insert(program.end(), {3, node, node - 1, 0, 1, 1});
  EXPECT_EQ(apply(program), "operation 3 at 6150 adds a node more than 1024 levels below its root");
  EXPECT_TRUE(engine.sort(0).empty());
  EXPECT_TRUE(engine.shuffle(0, 1).empty());
  EXPECT_EQ(engine.cycle(1, true).count(), 0U);
}

TEST_F(EngineTest, ARoleIsNotItsOwnAncestor) {
  EXPECT_EQ(apply({10, 0, -1, -1, -1, 0, 10, 1, -1, -1, 0, 0}), "accepted");
  EXPECT_EQ(apply({10, 0, -1, -1, 1, 0}), "operation 10 at 0 names an unknown parent role");
  EXPECT_EQ(apply({10, 0, -1, -1, 0, 0}), "operation 10 at 0 names an unknown parent role");
}

TEST_F(EngineTest, MemoryIsWishedForStepByStep) {
  EXPECT_EQ(apply({16, 4095, 1, 1, 0, 16, 12287, 2, 1, 0}), "accepted");
  EXPECT_EQ(apply({16, 28672, 1, 1, 0}), "operation 16 at 0 has a bad operand 28672");
}

TEST(Engine, WorksWithoutKinds) {
  Engine engine(checkOptions(0, 0, true, true, true, true));
  const std::vector<double> program = {1, 3, 0, -1, 0, 1, 1, 3, 1, 0, 0, 2, 1, 8, 1, 1, 16, 0, 1, 1, 0, 18, 0, 0};
  engine.apply(program.data(), program.size(), static_cast<double>(program.size()));
  EXPECT_EQ(engine.cycle(1, true).count(), 0U);
  EXPECT_EQ(engine.sort(0).size(), 1U);
}

TEST(Engine, SaysWhatDoesNotFit) {
  EXPECT_EQ(refusalOf([] { mustFit(3, 3); }), "accepted");
  EXPECT_EQ(refusalOf([] { mustFit(4, 3); }), "there is room for 3 numbers, not for 4");
}

}  // namespace
}  // namespace mete
