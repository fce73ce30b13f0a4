/**
 * The line between Node and the engine: arguments in, results out, no decisions. The only folder that may include
 * Node's headers; JavaScript calls it through src/native, which declares every export and its types.
 *
 * The module is made with node-addon-api. The calls of an engine go through plain Node-API (see call.h): they must
 * survive a worker that is terminated in their middle, and be cheap.
 */
#include <napi.h>

#include "binding/engine_binding.h"
#include "core/mix32.h"

namespace {

/** mix32(value): the engine's mixer, so that the loader's tests can hold both twins side by side. */
Napi::Value mix32(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "value must be a number");
  return Napi::Number::New(info.Env(), mete::mix32(info[0].As<Napi::Number>().Uint32Value()));
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  napi_value createEngine = nullptr;
  const napi_status made =
      napi_create_function(env, "createEngine", NAPI_AUTO_LENGTH, mete::createEngine, nullptr, &createEngine);
  if (made != napi_ok) throw Napi::Error::New(env, "createEngine cannot be made");
  exports.Set("version", Napi::String::New(env, METE_VERSION));
  exports.Set("createEngine", Napi::Value(env, createEngine));
  exports.Set("mix32", Napi::Function::New(env, mix32, "mix32"));
  return exports;
}

}  // namespace

NODE_API_MODULE(mete_engine, start)
