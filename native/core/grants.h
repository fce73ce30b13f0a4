/** The grants of one cycle, as flat integers and amounts. Twin of src/allocator/engine/grants.ts. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/opcodes.h"

namespace mete {

class GrantList {
 public:
  /** `GRANT_STRIDE` integers for each grant. */
  std::vector<int32_t> records;
  /** For each partial grant, `kinds` amounts of plain resources, then (lot index, amount) pairs. */
  std::vector<double> amounts;

  size_t count() const { return records.size() / GRANT_STRIDE; }

  void clear() {
    records.clear();
    amounts.clear();
  }

  void addWhole(int client, int agent) { addRecord(client, agent, GRANT_WHOLE); }

  /** `plain` has one amount for each kind, `lots` one for each lot of the agent; lots of 0 are left out. */
  void addPartial(int client, int agent, const std::vector<double>& plain, const std::vector<double>& lots,
                  size_t lotCount) {
    int given = 0;
    for (size_t l = 0; l < lotCount; l++) {
      if (lots[l] > 0) given++;
    }
    addRecord(client, agent, given);
    amounts.insert(amounts.end(), plain.begin(), plain.end());
    for (size_t l = 0; l < lotCount; l++) {
      if (!(lots[l] > 0)) continue;
      amounts.push_back(static_cast<double>(l));
      amounts.push_back(lots[l]);
    }
  }

 private:
  void addRecord(int client, int agent, int shape) {
    const int32_t record[GRANT_STRIDE] = {client, agent, shape, static_cast<int32_t>(amounts.size())};
    records.insert(records.end(), record, record + GRANT_STRIDE);
  }
};

}  // namespace mete
