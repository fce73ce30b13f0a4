/**
 * The line between Node and the engine: arguments in, results out, no decisions. The only folder that may include
 * Node's headers; JavaScript calls it through src/native, which declares every export and its types.
 */
#include <node_api.h>

#include "binding/engine_binding.h"
#include "core/mix32.h"

namespace {

/** mix32(value): the engine's mixer, so that the loader's tests can hold both twins side by side. */
napi_value mix32(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_value result = nullptr;
  uint32_t value = 0;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (napi_get_value_uint32(env, argument, &value) != napi_ok) {
    napi_throw_type_error(env, nullptr, "value must be a number");
    return nullptr;
  }
  napi_create_uint32(env, mete::mix32(value), &result);
  return result;
}

void add(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok) return;
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value version = nullptr;
  if (napi_create_string_utf8(env, METE_VERSION, NAPI_AUTO_LENGTH, &version) != napi_ok) return nullptr;
  napi_set_named_property(env, exports, "version", version);
  add(env, exports, "createEngine", mete::createEngine);
  add(env, exports, "mix32", mix32);
  return exports;
}
