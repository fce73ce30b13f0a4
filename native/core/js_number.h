/** Numbers as JavaScript prints them, so that both engines report a bad program in the same words. */
#pragma once

#include <string>

namespace mete {

/** The text of a double: what `String(value)` is in JavaScript. */
std::string jsNumber(double value);

}  // namespace mete
