/**
 * Executes engine programs (see opcodes.h): hands each operation to its handler. A bad operation throws an EngineError;
 * operations before it have been executed. Twin of src/allocator/engine/interpreter.ts.
 */
#pragma once

#include <cstddef>

#include "core/operands.h"

namespace mete {

class Interpreter {
 public:
  Interpreter(EngineTables& tables, Cycle& cycle, int kinds) : operands_(tables, cycle, kinds) {}

  /** Executes `ops[0, length)` of a buffer of `capacity`. REQUIRES: nobody writes to `ops` meanwhile. */
  void apply(const double* ops, size_t capacity, double length);

 private:
  Operands operands_;
};

}  // namespace mete
