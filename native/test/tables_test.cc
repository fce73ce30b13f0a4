/** The tables of an engine, one by one. */
#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/grants.h"
#include "core/mix32.h"
#include "core/quota_ledger.h"
#include "core/refusals.h"
#include "core/role_table.h"
#include "core/shared_holds.h"
#include "core/value_table.h"
#include "core/visit_order.h"

namespace mete {
namespace {

constexpr double NO_LIMIT = std::numeric_limits<double>::infinity();

TEST(RoleTable, ANodeBelongsToOneRoleAndOneClient) {
  RoleTable roles(1);
  roles.minimums.emplace_back();
  roles.setRole(0, 5, -1, -1, 0);
  roles.setRole(1, 5, -1, -1, 0);
  EXPECT_EQ(roles.roleAt(5), 1);
  EXPECT_EQ(roles.roles[0].roleNode, -1);
  roles.setClient(0, 7, 0, 0, 0, 0, -1);
  roles.setClient(1, 7, 0, 0, 0, 0, -1);
  EXPECT_EQ(roles.clientAt(7), 1);
  EXPECT_TRUE(roles.clientExists(0));
  roles.dropNode(7);
  roles.dropNode(5);
  EXPECT_EQ(roles.clientAt(7), -1);
  EXPECT_EQ(roles.roleAt(5), -1);
  EXPECT_EQ(roles.roleAt(1000000), -1);
  EXPECT_TRUE(roles.clientExists(1));
  roles.removeClient(1);
  EXPECT_FALSE(roles.clientExists(1));
}

TEST(RoleTable, ReservationsServeTheRoleAndItsDescendants) {
  RoleTable roles(1);
  roles.setRole(0, -1, -1, -1, 0);
  roles.setRole(1, -1, -1, 0, 0);
  roles.setRole(2, -1, -1, 1, 0);
  EXPECT_EQ(roles.roles[2].topRole, 0);
  EXPECT_TRUE(roles.mayUse(2, 0));
  EXPECT_TRUE(roles.mayUse(2, 2));
  EXPECT_FALSE(roles.mayUse(0, 1));
}

TEST(RoleTable, CountsGuaranteesAndLimits) {
  RoleTable roles(2);
  roles.setRole(0, -1, -1, -1, 0);
  std::vector<double> required(2);
  const double none[] = {0, 0, NO_LIMIT, NO_LIMIT};
  const double some[] = {5, 0, NO_LIMIT, 0};
  roles.setQuota(0, some);
  EXPECT_EQ(roles.limitedCount, 1);
  EXPECT_TRUE(roles.requiredHeadroom(required));
  EXPECT_EQ(required, (std::vector<double>{5, 0}));
  EXPECT_TRUE(roles.isUnmet(0));
  roles.consumed[0] = 5;
  EXPECT_FALSE(roles.requiredHeadroom(required));
  EXPECT_FALSE(roles.isUnmet(0));
  roles.setQuota(0, none);
  EXPECT_EQ(roles.limitedCount, 0);
  EXPECT_TRUE(roles.guaranteed.empty());
}

TEST(RoleTable, OneAlternativeOfAMinimumIsEnough) {
  RoleTable roles(2);
  const double sums[] = {1, 5};
  roles.minimums = {{}, {{{0, 2}}, {{1, 5}, {0, 1}}}, {{{0, 2}}}, {{}}};
  EXPECT_TRUE(roles.reachesMinimum(0, sums));
  EXPECT_TRUE(roles.reachesMinimum(1, sums));
  EXPECT_FALSE(roles.reachesMinimum(2, sums));
  EXPECT_TRUE(roles.reachesMinimum(3, sums));
}

EngineLot lotOf(int kind, int flags, double amount, int descriptor = 0, int value = -1) {
  EngineLot lot{};
  lot.kind = kind;
  lot.flags = static_cast<uint8_t>(flags);
  lot.amount = amount;
  lot.descriptor = descriptor;
  lot.role = -1;
  lot.value = value;
  return lot;
}

TEST(AgentTable, HeadroomCountsWhatQuotaGoverns) {
  AgentTable agents(2);
  const double plain[] = {10, 20};
  std::vector<EngineLot> lots = {lotOf(0, 0, 5), lotOf(1, LotFlag::RESERVED, 7), lotOf(1, LotFlag::INDIVISIBLE, 1)};
  agents.setAgent(3, 1, true, 0);
  agents.setAvailable(3, plain, lots);
  EXPECT_EQ(agents.headroom, (std::vector<double>{15, 21}));
  EXPECT_TRUE(agents.agents[3].indivisible);
  EXPECT_FALSE(agents.agents[3].uniform);
  EXPECT_TRUE(lots.empty());
  agents.removeAgent(3);
  EXPECT_EQ(agents.headroom, (std::vector<double>{0, 0}));
  EXPECT_FALSE(agents.exists(3));
  EXPECT_FALSE(agents.hasAnything(3));
}

TEST(AgentTable, OpenAndNamedListEachAgentOnce) {
  AgentTable agents(1);
  for (int agent = 0; agent < 3; agent++) agents.setAgent(agent, 1, true, 0);
  agents.openAgent(1);
  EXPECT_EQ(agents.open, (std::vector<int32_t>{0, 1, 2}));
  agents.closeAgent(1);
  agents.compactOpen();
  EXPECT_EQ(agents.open, (std::vector<int32_t>{0, 2}));
  agents.openAll();
  EXPECT_EQ(agents.open.size(), 2U) << "an agent without anything stays closed";
  agents.nameAgent(2);
  agents.nameAgent(2);
  EXPECT_EQ(agents.named, (std::vector<int32_t>{2}));
  agents.clearNamed();
  EXPECT_TRUE(agents.named.empty());
}

TEST(ValueTable, ContainsRangesAndItself) {
  ValueTable values;
  const std::vector<std::vector<double>> contents = {{1, 5, 8, 9}, {2, 3, 8, 8}, {4, 6}, {}};
  for (const auto& content : contents) values.define(content);
  EXPECT_EQ(values.size(), 4);
  EXPECT_TRUE(values.contains(0, 1));
  EXPECT_FALSE(values.contains(1, 0));
  EXPECT_FALSE(values.contains(0, 2));
  EXPECT_TRUE(values.contains(2, 3));
  EXPECT_FALSE(values.contains(3, 2));
  EXPECT_TRUE(values.contains(-1, -1));
  EXPECT_FALSE(values.contains(-1, 3));
  EXPECT_FALSE(values.contains(0, -1));
}

class RefusalTest : public testing::Test {
 protected:
  RefusalTest() {
    const double ports[] = {1, 5};
    const double more[] = {0, 9};
    values.define(ports);
    values.define(more);
  }

  ValueTable values;
  RefusalTable refusals{1, values};
};

TEST_F(RefusalTest, ARowHasABitForEachClient) {
  const double plain[] = {3};
  for (int refusal = 0; refusal < 20; refusal++) {
    std::vector<RefusedLot> lots;
    refusals.add(refusal, refusal % 2, plain, lots);
  }
  for (const int client : {0, 31, 32, 127, 128, 5000}) {
    refusals.setRefused(7, client, true);
    EXPECT_TRUE(refusals.isRefusedBy(7, client));
    EXPECT_FALSE(refusals.isRefusedBy(6, client));
    EXPECT_FALSE(refusals.isRefusedBy(8, client));
  }
  EXPECT_TRUE(refusals.isRefusedBy(7, 31)) << "rows keep their bits when they grow";
  refusals.setRefused(7, 31, false);
  EXPECT_FALSE(refusals.isRefusedBy(7, 31));
  EXPECT_FALSE(refusals.isRefusedBy(7, 1 << 23));
  refusals.remove(7);
  EXPECT_FALSE(refusals.exists(7));
  EXPECT_EQ(refusals.of(1).size(), 9U);
  EXPECT_TRUE(refusals.of(900).empty());
}

TEST_F(RefusalTest, ContentContainsWhatIsNoMore) {
  const double refused[] = {3};
  const double less[] = {2};
  const double more[] = {4};
  std::vector<RefusedLot> lots = {{50, 1, -1}, {9, 2, 1}, {10, 3, -1}};
  refusals.add(0, 0, refused, lots);
  const std::vector<EngineLot> offered = {lotOf(0, 0, 0, 1), lotOf(0, LotFlag::NON_SCALAR, 0, 2, 0),
                                          lotOf(0, LotFlag::INDIVISIBLE, 0, 3), lotOf(0, 0, 0, 4)};
  const auto contains = [&](const double* plain, std::vector<double> amounts) {
    return refusals.contains(0, plain, offered, amounts.data());
  };
  EXPECT_TRUE(contains(less, {50, 5, 10, 0}));
  EXPECT_FALSE(contains(more, {0, 0, 0, 0}));
  EXPECT_FALSE(contains(less, {51, 0, 0, 0}));
  EXPECT_FALSE(contains(less, {0, 0, 9, 0})) << "what cannot be divided must be the same";
  EXPECT_FALSE(contains(less, {0, 0, 0, 1})) << "nothing of this kind was refused";
}

TEST_F(RefusalTest, OfEqualIndivisibleThingsEachNeedsItsOwn) {
  const double plain[] = {0};
  std::vector<RefusedLot> lots = {{5, 1, -1}, {7, 1, -1}};
  refusals.add(0, 0, plain, lots);
  const EngineLot disk = lotOf(0, LotFlag::INDIVISIBLE, 0, 1);
  const double different[] = {5, 7};
  const double same[] = {5, 5};
  EXPECT_TRUE(refusals.contains(0, plain, {disk, disk}, different));
  EXPECT_FALSE(refusals.contains(0, plain, {disk, disk}, same));
}

TEST(SharedHolds, CopiesCountOncePerNode) {
  SorterForest forest(1, true, false);
  forest.addNode(0, -1, 0, NodeState::INTERNAL, 1);
  forest.addNode(1, 0, 1, NodeState::ACTIVE, 1);
  forest.addNode(2, 0, 2, NodeState::ACTIVE, 1);
  SharedHolds holds(forest);
  const auto amounts = [&forest] {
    return std::vector<double>{forest.allocation(0)[0], forest.allocation(1)[0], forest.allocation(2)[0]};
  };
  holds.change(1, 0, 9, 0, 50, 2);
  holds.change(2, 0, 9, 0, 50, 1);
  EXPECT_EQ(amounts(), (std::vector<double>{50, 50, 50}));
  holds.change(1, 0, 9, 0, 50, -1);
  EXPECT_EQ(amounts(), (std::vector<double>{50, 50, 50}));
  holds.change(1, 0, 9, 0, 50, -1);
  EXPECT_EQ(amounts(), (std::vector<double>{50, 0, 50}));
  holds.copyNode(2, 1);
  holds.change(1, 0, 9, 0, 50, -1);
  EXPECT_EQ(amounts(), (std::vector<double>{0, -50, 50})) << "copying hands over copies, not amounts";
  holds.dropNode(2);
  holds.change(-1, 0, 9, 0, 50, 1);
  EXPECT_EQ(amounts(), (std::vector<double>{0, -50, 50}));
}

TEST(GrantList, WritesWholeAndPartialGrants) {
  GrantList grants;
  grants.addWhole(1, 2);
  grants.addPartial(3, 4, {5, 6}, {0, 7, 9}, 2);
  grants.addPartial(3, 5, {8, 8}, {}, 0);
  EXPECT_EQ(grants.count(), 3U);
  EXPECT_EQ(grants.records, (std::vector<int32_t>{1, 2, -1, 0, 3, 4, 1, 0, 3, 5, 0, 4}));
  EXPECT_EQ(grants.amounts, (std::vector<double>{5, 6, 1, 7, 8, 8}));
  grants.clear();
  EXPECT_EQ(grants.count(), 0U);
}

TEST(QuotaLedger, SurplusIsWhatNoGuaranteeNeeds) {
  RoleTable roles(1);
  AgentTable agents(1);
  QuotaLedger ledger(roles, agents);
  const double quota[] = {4, NO_LIMIT};
  roles.setRole(0, -1, -1, -1, 0);
  roles.setQuota(0, quota);
  agents.headroom[0] = 6;
  ledger.begin();
  EXPECT_TRUE(ledger.requiredAny);
  EXPECT_EQ(ledger.surplus(0), 2);
  ledger.heldBack = true;
  ledger.end();
  EXPECT_FALSE(ledger.hasRelaxed());
  agents.headroom[0] = 7;
  EXPECT_TRUE(ledger.hasRelaxed());
  ledger.meet(0, 4);
  ledger.recount();
  EXPECT_FALSE(ledger.requiredAny);
  EXPECT_TRUE(ledger.hasRelaxed());
  agents.headroom[0] = -1;
  EXPECT_EQ(ledger.surplus(0), 0);
}

TEST(VisitOrder, AscendsByTheMixedOrdinal) {
  VisitOrder order;
  for (const int count : {0, 1, 64, 65, 3000}) {
    std::vector<Agent> agents(count);
    std::vector<int32_t> candidates;
    for (int agent = 0; agent < count; agent++) {
      agents[agent].ordinal = static_cast<uint32_t>(agent / 2 * 3);
      candidates.push_back(agent);
    }
    const auto key = [&agents](int32_t agent) { return mix32(agents[agent].ordinal ^ 12345U); };
    std::vector<int32_t> expected = candidates;
    std::stable_sort(expected.begin(), expected.end(), [&key](int32_t a, int32_t b) { return key(a) < key(b); });
    const auto actual = order.of(candidates, agents, 12345U);
    EXPECT_EQ(std::vector<int32_t>(actual.begin(), actual.end()), expected);
  }
}

}  // namespace
}  // namespace mete
