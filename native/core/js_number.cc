/** Number.prototype.toString of JavaScript, by the fewest digits that read back as the same number. */
#include "core/js_number.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace mete {

namespace {

/** Decimal digits d1 d2 ... of a positive number, which is 0.d1d2... times 10^point. */
struct Digits {
  std::string text;
  int point = 0;
};

/** The fewest digits that name this very number, and among those the nearest. */
Digits shortestDigits(double value) {
  char text[40];
  for (int precision = 0; precision <= 16; precision++) {
    std::snprintf(text, sizeof text, "%.*e", precision, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  Digits digits;
  const char* at = text;
  for (; *at != 'e'; at++) {
    if (*at >= '0' && *at <= '9') digits.text.push_back(*at);
  }
  digits.point = std::atoi(at + 1) + 1;
  return digits;
}

}  // namespace

std::string jsNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (value == 0) return "0";
  std::string out(value < 0 ? "-" : "");
  if (std::isinf(value)) return out.append("Infinity");
  const Digits digits = shortestDigits(std::fabs(value));
  const int count = static_cast<int>(digits.text.size());
  const int point = digits.point;
  if (count <= point && point <= 21) return out.append(digits.text).append(point - count, '0');
  if (0 < point && point <= 21) return out.append(digits.text, 0, point).append(".").append(digits.text, point);
  if (-6 < point && point <= 0) return out.append("0.").append(-point, '0').append(digits.text);
  out.append(digits.text, 0, 1);
  if (count > 1) out.append(".").append(digits.text, 1);
  const int exponent = point - 1;
  return out.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
}

}  // namespace mete
