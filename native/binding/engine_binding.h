/** The engine as JavaScript reaches it; src/native/load-addon.ts declares the types of this line. */
#pragma once

#include <node_api.h>

namespace mete {

/**
 * createEngine(kinds, seed, randomRoles, randomFrameworks, hierarchicalRoles, incremental): an object of functions, all
 * bound to one new engine. RangeError for numbers out of range, TypeError for anything that is no number or boolean.
 */
napi_value createEngine(napi_env env, napi_callback_info info);

}  // namespace mete
