/** The engine as JavaScript reaches it; src/native/native-engine.ts declares the types of this line. */
#pragma once

#include <napi.h>

namespace mete {

/**
 * createEngine(kinds, seed, randomRoles, randomFrameworks, incremental): an object of functions, all bound to one new
 * engine. RangeError for numbers out of range, TypeError for anything that is no number or boolean.
 */
Napi::Value CreateEngine(const Napi::CallbackInfo& info);

}  // namespace mete
