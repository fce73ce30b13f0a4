/**
 * The line between Node and the engine: arguments in, results out, no decisions. The only folder that may include
 * Node's headers; JavaScript calls it through src/native, which declares every export and its types.
 */
#include <napi.h>

#include "binding/engine_binding.h"
#include "core/mix32.h"

namespace {

/** mix32(value): the engine's mixer, so that the loader's tests can hold both twins side by side. */
Napi::Value Mix32(const Napi::CallbackInfo& info) {
  const uint32_t value = info[0].ToNumber().Uint32Value();
  return Napi::Number::New(info.Env(), mete::mix32(value));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("version", Napi::String::New(env, METE_VERSION));
  exports.Set("createEngine", Napi::Function::New(env, mete::CreateEngine, "createEngine"));
  exports.Set("mix32", Napi::Function::New(env, Mix32, "mix32"));
  return exports;
}

}  // namespace

NODE_API_MODULE(mete_engine, Init)
