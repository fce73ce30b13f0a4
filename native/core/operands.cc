/** The reading of operands, each with its check. */
#include "core/operands.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/js_number.h"

namespace mete {

namespace {

constexpr int FRESH_IDS = 4096;
constexpr double MAX_NUMBER = 9223372036854775808.0;  // 2^63

}  // namespace

void Operands::fail(const std::string& reason) const {
  throw EngineError("operation " + jsNumber(ops_[opAt_]) + " at " + std::to_string(opAt_) + " " + reason);
}

void Operands::failUnknown(const char* what) const { fail(std::string("names an unknown ") + what); }

void Operands::failOperand(double value) const { fail("has a bad operand " + jsNumber(value)); }

double Operands::next() {
  if (at_ >= end_) fail("is cut off");
  return ops_[at_++];
}

double Operands::number() {
  const double value = next();
  if (!(std::fabs(value) <= MAX_NUMBER)) failOperand(value);
  return value;
}

double Operands::weight() {
  const double weight = number();
  if (!(weight > 0)) fail("has a bad weight " + jsNumber(weight));
  return weight;
}

double Operands::integer(double low, double high) {
  const double value = next();
  if (!(value >= low && value < high) || std::floor(value) != value) failOperand(value);
  return value;
}

int Operands::freshId(int capacity) { return smallInteger(0, std::min(MAX_ID, 2 * capacity + FRESH_IDS)); }

int Operands::node() {
  const int node = id();
  existing(tables.forest.exists(node), "node");
  return node;
}

int Operands::agent() {
  const int agent = id();
  existing(tables.agents.exists(agent), "agent");
  return agent;
}

int Operands::role() {
  const int role = id();
  existing(tables.roles.roleExists(role), "role");
  return role;
}

int Operands::client() {
  const int client = id();
  existing(tables.roles.clientExists(client), "client");
  return client;
}

int Operands::refusal() {
  const int refusal = id();
  existing(tables.refusals.exists(refusal), "refusal");
  return refusal;
}

const double* Operands::vector() { return checkedVector(MAX_NUMBER); }

const double* Operands::limits() { return checkedVector(std::numeric_limits<double>::infinity()); }

const double* Operands::checkedVector(double high) {
  const double* start = ops_ + at_;
  if (static_cast<size_t>(kinds) > end_ - at_) fail("is cut off");
  for (int k = 0; k < kinds; k++) {
    if (!(start[k] >= -MAX_NUMBER && start[k] <= high)) fail("has a bad amount " + jsNumber(start[k]));
  }
  at_ += kinds;
  return start;
}

int Operands::value() {
  const int value = idOrNone();
  if (value >= 0) existing(value < tables.values.size(), "value");
  return value;
}

std::span<const double> Operands::content() {
  const size_t length = static_cast<size_t>(count());
  if (length > end_ - at_ || length % 2 != 0) fail("has cut off values");
  const double* start = ops_ + at_;
  at_ += length;
  return {start, length};
}

}  // namespace mete
