/**
 * Reads and checks the operands of operations (see opcodes.h), one after the other. Twin of
 * src/allocator/engine/operands.ts.
 *
 * Every operand is checked, so a program can be wrong but never harmful: a bad operand throws an EngineError that names
 * the operation and its position. Numbers are finite and at most 2^63 in size, so that no sum of them becomes infinite
 * or NaN; only limits may be infinite.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/cycle.h"

namespace mete {

/** A call that was refused; it becomes a RangeError with the same words as in TypeScript. */
class EngineError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Operands {
 public:
  Operands(EngineTables& tables, Cycle& cycle, int kinds) : tables(tables), cycle(cycle), kinds(kinds) {}

  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;

  EngineTables& tables;
  Cycle& cycle;
  const int kinds;
  /** Lots being read; an operation that fails leaves them for the next to clear. */
  std::vector<EngineLot> lots;
  std::vector<RefusedLot> refusedLots;

  /** Begins the program `ops[0, length)`. REQUIRES: nobody writes to `ops` until it ends. */
  void start(const double* ops, size_t length) {
    ops_ = ops;
    at_ = 0;
    end_ = length;
  }

  bool atEnd() const { return at_ >= end_; }

  /** The code of the next operation. REQUIRES: not at the end. */
  double opcode() {
    opAt_ = at_;
    return ops_[at_++];
  }

  [[noreturn]] void fail(const std::string& reason) const;

  double number();
  double weight();
  /** An integer in [low, high). */
  double integer(double low, double high);
  /** As `integer`, for what fits an int. */
  int smallInteger(int low, int high) { return static_cast<int>(integer(low, high)); }
  int id() { return smallInteger(0, MAX_ID); }
  /** An id, or -1. */
  int idOrNone() { return smallInteger(-1, MAX_ID); }
  /** How many of something follow. */
  int count() { return smallInteger(0, MAX_ID); }
  /** A number of copies; negative takes away. */
  int copies() { return smallInteger(-MAX_ID, MAX_ID); }
  uint32_t word() { return static_cast<uint32_t>(integer(0, 4294967296.0)); }
  /** An id that may be new: ids are dense, so a jump far beyond the table is a mistake, not a wish for memory. */
  int freshId(int capacity);

  void existing(bool exists, const char* what) const {
    if (!exists) failUnknown(what);
  }
  int node();
  int agent();
  int role();
  int client();
  int refusal();

  /** Skips a vector of `kinds` numbers and returns where it starts. */
  const double* vector();
  /** As `vector`; Infinity stands for no limit. */
  const double* limits();
  /** The number of a defined value, or -1. */
  int value();
  /** The content of a value. */
  std::span<const double> content();

 private:
  static constexpr int MAX_ID = 1 << 24;

  double next();
  const double* checkedVector(double high);
  [[noreturn]] void failUnknown(const char* what) const;
  [[noreturn]] void failOperand(double value) const;

  const double* ops_ = nullptr;
  size_t at_ = 0;
  size_t opAt_ = 0;
  size_t end_ = 0;
};

/** Reads the operands of one operation and executes it. */
using Handler = void (*)(Operands& program);

struct Operation {
  int opcode;
  Handler handler;
};

// Handlers by opcode, by noun.
std::span<const Operation> sorterOperations();
std::span<const Operation> clientOperations();
std::span<const Operation> agentOperations();

}  // namespace mete
