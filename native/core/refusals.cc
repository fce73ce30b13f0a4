/** Refusals: their content, the rows of bits, and whether one covers an offer. */
#include "core/refusals.h"

#include <algorithm>
#include <utility>

namespace mete {

void RefusalTable::add(int refusal, int agent, const double* vector, std::vector<RefusedLot>& lots) {
  const int old = capacity();
  if (refusal >= old) {
    const int size = std::max({16, old * 2, refusal + 1});
    plain_.resize(index(size), 0.0);
    rows_.resize(static_cast<size_t>(size) * rowWords_, 0U);
    lots_.resize(size);
    agent_.resize(size, -1);
  }
  if (static_cast<size_t>(agent) >= ofAgent_.size()) ofAgent_.resize(std::max(64, agent * 2));
  ofAgent_[agent].push_back(refusal);
  agent_[refusal] = agent;
  std::copy_n(vector, kinds, plain_.begin() + static_cast<ptrdiff_t>(index(refusal)));
  std::swap(lots_[refusal], lots);
  std::fill_n(rows_.begin() + static_cast<ptrdiff_t>(refusal * rowWords_), rowWords_, 0U);
}

void RefusalTable::remove(int refusal) {
  std::vector<int32_t>& list = ofAgent_[agent_[refusal]];
  list.erase(std::find(list.begin(), list.end(), refusal));
  agent_[refusal] = -1;
  lots_[refusal] = {};
}

void RefusalTable::setRefused(int refusal, int client, bool refused) {
  const size_t word = static_cast<size_t>(client) >> 5;
  if (word >= rowWords_) widen(word + 1);
  const uint32_t bit = 1U << (client & 31);
  uint32_t& bits = rows_[refusal * rowWords_ + word];
  bits = refused ? bits | bit : bits & ~bit;
}

/** Gives every row room for more clients. */
void RefusalTable::widen(size_t words) {
  const size_t old = rowWords_;
  const size_t wider = std::max(old * 2, words);
  std::vector<uint32_t> rows(agent_.size() * wider, 0U);
  for (size_t refusal = 0; refusal < agent_.size(); refusal++) {
    std::copy_n(rows_.begin() + static_cast<ptrdiff_t>(refusal * old), old,
                rows.begin() + static_cast<ptrdiff_t>(refusal * wider));
  }
  rows_ = std::move(rows);
  rowWords_ = wider;
}

bool RefusalTable::contains(int refusal, const double* plain, const std::vector<EngineLot>& lots,
                            const double* amounts) const {
  const double* refused = plain_.data() + index(refusal);
  for (int k = 0; k < kinds; k++) {
    if (plain[k] > refused[k]) return false;
  }
  for (size_t l = 0; l < lots.size(); l++) {
    if (amounts[l] > 0 && !containsLot(refusal, lots, amounts, l)) return false;
  }
  return true;
}

bool RefusalTable::containsLot(int refusal, const std::vector<EngineLot>& lots, const double* amounts,
                               size_t l) const {
  const EngineLot& lot = lots[l];
  const bool indivisible = (lot.flags & LotFlag::INDIVISIBLE) != 0;
  int before = 0;
  for (size_t i = l; indivisible && i > 0 && lots[i - 1].descriptor == lot.descriptor; i--) {
    if (amounts[i - 1] == amounts[l]) before++;
  }
  for (const RefusedLot& refused : lots_[refusal]) {
    if (refused.descriptor != lot.descriptor) continue;
    if ((lot.flags & LotFlag::NON_SCALAR) != 0) return values_.contains(refused.value, lot.value);
    if (!indivisible) return refused.amount >= amounts[l];
    if (refused.amount == amounts[l] && before-- == 0) return true;
  }
  return false;
}

}  // namespace mete
