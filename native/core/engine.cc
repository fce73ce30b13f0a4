/** The engine as a whole: checks of what callers pass, and the calls to its tables. */
#include "core/engine.h"

#include <cmath>
#include <string>

#include "core/js_number.h"

namespace mete {

namespace {

constexpr double MAX_SAFE_INTEGER = 9007199254740991.0;
constexpr double MAX_WORD = 4294967295.0;

bool isIntegerWithin(double value, double low, double high) {
  return value >= low && value <= high && std::floor(value) == value;
}

}  // namespace

EngineOptions checkOptions(double kinds, double seed, bool randomRoles, bool randomFrameworks, bool hierarchicalRoles,
                           bool incremental) {
  if (!isIntegerWithin(kinds, 0, MAX_KINDS)) {
    throw EngineError(jsNumber(kinds) + " kinds are not within 0 and " + std::to_string(MAX_KINDS));
  }
  if (!isIntegerWithin(seed, -MAX_WORD, MAX_WORD)) {
    throw EngineError("seed " + jsNumber(seed) + " is no 32-bit integer");
  }
  EngineOptions options;
  options.kinds = static_cast<int>(kinds);
  options.seed = static_cast<uint32_t>(static_cast<int64_t>(seed));
  options.randomRoles = randomRoles;
  options.randomFrameworks = randomFrameworks;
  options.hierarchicalRoles = hierarchicalRoles;
  options.incremental = incremental;
  return options;
}

Engine::Engine(const EngineOptions& options)
    : options_(options),
      tables_(options_),
      cycle_(tables_, options_, work_),
      interpreter_(tables_, cycle_, options.kinds) {}

const GrantList& Engine::cycle(double run, bool allAgents) {
  if (!isIntegerWithin(run, 0, MAX_SAFE_INTEGER)) throw EngineError("run " + jsNumber(run) + " is no natural number");
  cycle_.start(run, allAgents);
  return tables_.grants;
}

int Engine::mustBeNode(double node) const {
  const bool isNode = isIntegerWithin(node, 0, MAX_WORD) && node < tables_.forest.capacity();
  if (!isNode || !tables_.forest.exists(static_cast<int>(node))) {
    throw EngineError("node " + jsNumber(node) + " does not exist");
  }
  return static_cast<int>(node);
}

std::span<const int32_t> Engine::sort(double root) {
  const int node = mustBeNode(root);
  leaves_.clear();
  tables_.forest.listLeaves(node, leaves_);
  return leaves_;
}

std::span<const int32_t> Engine::shuffle(double root, double salt) {
  const int node = mustBeNode(root);
  if (!isIntegerWithin(salt, 0, MAX_WORD)) throw EngineError("salt " + jsNumber(salt) + " is no 32-bit integer");
  shuffle_.start(leafWeights_.of(tables_.forest, node), static_cast<uint32_t>(salt));
  leaves_.clear();
  for (int leaf = shuffle_.next(); leaf >= 0; leaf = shuffle_.next()) leaves_.push_back(leaf);
  return leaves_;
}

std::span<const double> Engine::readNode(double node) {
  const int id = mustBeNode(node);
  SorterForest& forest = tables_.forest;
  forest.lookAtTotals();
  state_.clear();
  state_.push_back(forest.currentShare(id));
  state_.push_back(forest.grants(id));
  state_.insert(state_.end(), forest.allocation(id), forest.allocation(id) + options_.kinds);
  return state_;
}

EngineCounters Engine::counters() const {
  EngineCounters counters = work_;
  counters.sorts = tables_.forest.sorts();
  return counters;
}

void mustFit(size_t needed, size_t length) {
  if (needed <= length) return;
  throw EngineError("there is room for " + std::to_string(length) + " numbers, not for " + std::to_string(needed));
}

}  // namespace mete
