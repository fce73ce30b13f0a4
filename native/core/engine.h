/**
 * The allocation engine: the twin of src/allocator/engine/typescript-engine.ts, function by function, bit for bit. It
 * owns no truth, does no input or output and knows nothing of Node; src/allocator/engine/engine.ts says what each call
 * means.
 *
 * Numbers arrive as JavaScript has them, as doubles, and are checked here: a refused call throws an EngineError with
 * the words of the twin and changes nothing beyond what `apply` has executed. Besides, only std::bad_alloc (or its
 * like) is thrown, and after that the engine must be destroyed. Not thread-safe; engines share nothing.
 */
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/cycle.h"
#include "core/grants.h"
#include "core/interpreter.h"
#include "core/shuffle.h"
#include "core/visit.h"

namespace mete {

/** Most resource kinds of an engine. */
inline constexpr int MAX_KINDS = 1024;

/** Checks the numbers, the first two, among the options; `seed` is a 32-bit integer with or without a sign. */
EngineOptions checkOptions(double kinds, double seed, bool randomRoles, bool randomFrameworks, bool hierarchicalRoles,
                           bool incremental);

class Engine {
 public:
  explicit Engine(const EngineOptions& options);

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /** Executes the operations in `ops[0, length)` of a buffer of `capacity`. REQUIRES: nobody writes to it meanwhile. */
  void apply(const double* ops, size_t capacity, double length) { interpreter_.apply(ops, capacity, length); }

  /** Runs one cycle; its grants are valid until the next. */
  const GrantList& cycle(double run, bool allAgents);
  const GrantList& grants() const { return tables_.grants; }

  /** The active leaves below `root` in sorted order; valid until the next call. */
  std::span<const int32_t> sort(double root);

  /** As `sort`, in the order of a weighted shuffle. */
  std::span<const int32_t> shuffle(double root, double salt);

  /** A node's share, grants, then `kinds` allocated amounts; valid until the next call. */
  std::span<const double> readNode(double node);

  EngineCounters counters() const;

 private:
  int mustBeNode(double node) const;

  const EngineOptions options_;
  EngineCounters work_;
  EngineTables tables_;
  Cycle cycle_;
  Interpreter interpreter_;
  LeafWeights leafWeights_;
  Shuffle shuffle_;
  std::vector<int32_t> leaves_;
  std::vector<double> state_;
};

/** Throws an EngineError unless a buffer of `length` numbers has room for `needed`. */
void mustFit(size_t needed, size_t length);

}  // namespace mete
