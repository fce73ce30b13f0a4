/** The table of operations and the loop over a program. */
#include "core/interpreter.h"

#include <array>
#include <cmath>
#include <string>

#include "core/js_number.h"

namespace mete {

namespace {

using Handlers = std::array<Handler, Op::END>;

Handlers handlersByOpcode() {
  Handlers handlers{};
  for (const auto operations : {sorterOperations(), clientOperations(), agentOperations()}) {
    for (const Operation& operation : operations) handlers[operation.opcode] = operation.handler;
  }
  return handlers;
}

const Handlers HANDLERS = handlersByOpcode();

Handler handlerOf(double opcode) {
  if (!(opcode >= 0 && opcode < static_cast<double>(HANDLERS.size())) || std::floor(opcode) != opcode) return nullptr;
  return HANDLERS[static_cast<size_t>(opcode)];
}

}  // namespace

void Interpreter::apply(const double* ops, size_t capacity, double length) {
  if (!(length >= 0 && length <= static_cast<double>(capacity)) || std::floor(length) != length) {
    throw EngineError("program length " + jsNumber(length) + " is not within the operation buffer of " +
                      std::to_string(capacity));
  }
  operands_.start(ops, static_cast<size_t>(length));
  while (!operands_.atEnd()) {
    const Handler handler = handlerOf(operands_.opcode());
    if (handler == nullptr) operands_.fail("is not an operation");
    handler(operands_);
  }
}

}  // namespace mete
