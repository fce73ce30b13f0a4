/**
 * One engine, many functions: what JavaScript holds is not a handle that it could mix up, forge or pass to another copy
 * of this addon, but functions that are bound to their engine in C++. That also saves the lookup and the type check of
 * a handle at each call, which cost four times as much as the call itself.
 *
 * Every function shares in the ownership of the engine's slot, so that they may be collected in any order; closing
 * empties the slot. Nothing here runs JavaScript (no conversions, no getters), so no call can be entered twice. Buffers
 * belong to JavaScript and are looked up at each call: one that was detached or shrunk is one without room.
 */
#include "binding/engine_binding.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "core/engine.h"

namespace mete {

namespace {

/** Where an engine lives until it is closed. */
struct Slot {
  std::unique_ptr<Engine> engine;
  /** The program being applied: a copy, so that nobody can change it meanwhile through shared memory. */
  std::vector<double> program;
};

using SlotRef = std::shared_ptr<Slot>;

/** The elements of a typed array. */
template <typename T>
struct Buffer {
  T* data;
  size_t length;
};

double numberAt(const Napi::CallbackInfo& info, size_t at, const char* name) {
  double value = 0;
  if (napi_get_value_double(info.Env(), info[at], &value) != napi_ok) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a number");
  }
  return value;
}

bool booleanAt(const Napi::CallbackInfo& info, size_t at, const char* name) {
  bool value = false;
  if (napi_get_value_bool(info.Env(), info[at], &value) != napi_ok) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a boolean");
  }
  return value;
}

template <typename T>
Buffer<T> bufferAt(const Napi::CallbackInfo& info, size_t at, napi_typedarray_type wanted, const char* message) {
  napi_typedarray_type type{};
  void* data = nullptr;
  size_t length = 0;
  const napi_status status =
      napi_get_typedarray_info(info.Env(), info[at], &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || type != wanted) throw Napi::TypeError::New(info.Env(), message);
  return {static_cast<T*>(data), data == nullptr ? 0 : length};
}

Buffer<int32_t> integersAt(const Napi::CallbackInfo& info, size_t at) {
  return bufferAt<int32_t>(info, at, napi_int32_array, "the buffer must be an Int32Array");
}

Buffer<double> doublesAt(const Napi::CallbackInfo& info, size_t at) {
  return bufferAt<double>(info, at, napi_float64_array, "the buffer must be a Float64Array");
}

template <typename T>
void copyTo(const Buffer<T>& buffer, const T* from, size_t count) {
  if (count > 0) std::memcpy(buffer.data, from, count * sizeof(T));
}

/** Copies a list to JavaScript and returns its length. */
template <typename T>
Napi::Value copyAll(const Napi::CallbackInfo& info, const Buffer<T>& buffer, std::span<const T> list) {
  mustFit(list.size(), buffer.length);
  copyTo(buffer, list.data(), list.size());
  return Napi::Number::New(info.Env(), static_cast<double>(list.size()));
}

/** apply(ops: Float64Array, length) */
Napi::Value apply(const Napi::CallbackInfo& info, Slot& slot) {
  const Buffer<double> ops = doublesAt(info, 0);
  const double length = numberAt(info, 1, "length");
  const bool fits = length >= 0 && length <= static_cast<double>(ops.length);
  slot.program.assign(ops.data, ops.data + (fits ? static_cast<size_t>(length) : 0));
  slot.engine->apply(slot.program.data(), ops.length, length);
  return info.Env().Undefined();
}

/** Copies the grants of the last cycle; returns their number, or -1 - number if they do not fit. */
Napi::Value copyGrants(const Napi::CallbackInfo& info, size_t at, const GrantList& list) {
  const double count = static_cast<double>(list.count());
  if (list.records.empty()) return Napi::Number::New(info.Env(), count);
  const Buffer<int32_t> records = integersAt(info, at);
  const Buffer<double> amounts = doublesAt(info, at + 1);
  if (list.records.size() > records.length || list.amounts.size() > amounts.length) {
    return Napi::Number::New(info.Env(), -1 - count);
  }
  copyTo(records, list.records.data(), list.records.size());
  copyTo(amounts, list.amounts.data(), list.amounts.size());
  return Napi::Number::New(info.Env(), count);
}

/** cycle(run, allAgents, grants: Int32Array, amounts: Float64Array) */
Napi::Value cycle(const Napi::CallbackInfo& info, Slot& slot) {
  const double run = numberAt(info, 0, "run");
  const bool allAgents = booleanAt(info, 1, "allAgents");
  return copyGrants(info, 2, slot.engine->cycle(run, allAgents));
}

/** fetch(grants: Int32Array, amounts: Float64Array): the grants of the last cycle, as `cycle` returned them. */
Napi::Value fetch(const Napi::CallbackInfo& info, Slot& slot) { return copyGrants(info, 0, slot.engine->grants()); }

/** amountCount(): how many amounts the grants of the last cycle have. */
Napi::Value amountCount(const Napi::CallbackInfo& info, Slot& slot) {
  return Napi::Number::New(info.Env(), static_cast<double>(slot.engine->grants().amounts.size()));
}

/** sort(root, out: Int32Array) */
Napi::Value sort(const Napi::CallbackInfo& info, Slot& slot) {
  const double root = numberAt(info, 0, "root");
  const Buffer<int32_t> out = integersAt(info, 1);
  return copyAll(info, out, slot.engine->sort(root));
}

/** shuffle(root, salt, out: Int32Array) */
Napi::Value shuffle(const Napi::CallbackInfo& info, Slot& slot) {
  const double root = numberAt(info, 0, "root");
  const double salt = numberAt(info, 1, "salt");
  const Buffer<int32_t> out = integersAt(info, 2);
  return copyAll(info, out, slot.engine->shuffle(root, salt));
}

/** readNode(node, out: Float64Array) */
Napi::Value readNode(const Napi::CallbackInfo& info, Slot& slot) {
  const double node = numberAt(info, 0, "node");
  const Buffer<double> out = doublesAt(info, 1);
  return copyAll(info, out, slot.engine->readNode(node));
}

/** counters() */
Napi::Value counters(const Napi::CallbackInfo& info, Slot& slot) {
  const EngineCounters work = slot.engine->counters();
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("cycles", static_cast<double>(work.cycles));
  out.Set("visits", static_cast<double>(work.visits));
  out.Set("clientChecks", static_cast<double>(work.clientChecks));
  out.Set("grants", static_cast<double>(work.grants));
  out.Set("sorts", static_cast<double>(work.sorts));
  return out;
}

using Method = Napi::Value (*)(const Napi::CallbackInfo& info, Slot& slot);

/** Calls a method on the open engine and turns what the core throws into JavaScript errors. */
template <Method method>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  Slot& slot = **static_cast<SlotRef*>(info.Data());
  if (slot.engine == nullptr) throw Napi::TypeError::New(info.Env(), "the engine is closed");
  try {
    return method(info, slot);
  } catch (const EngineError& error) {
    throw Napi::RangeError::New(info.Env(), error.what());
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception&) {
    slot = Slot();  // no memory in the middle of a change: what is left of the tables is not to be trusted
    throw Napi::RangeError::New(info.Env(), "the engine ran out of memory and is closed");
  }
}

/** close(): frees the engine; closing again does nothing. */
Napi::Value close(const Napi::CallbackInfo& info) {
  **static_cast<SlotRef*>(info.Data()) = Slot();
  return info.Env().Undefined();
}

using Callback = Napi::Value (*)(const Napi::CallbackInfo& info);

template <Callback callback>
void bind(Napi::Object methods, const char* name, const SlotRef& slot) {
  auto share = std::make_unique<SlotRef>(slot);
  Napi::Function function = Napi::Function::New<callback>(methods.Env(), name, share.get());
  function.AddFinalizer([](Napi::Env, SlotRef* data) { delete data; }, share.get());
  share.release();
  methods.Set(name, function);
}

Napi::Value bindAll(Napi::Env env, const SlotRef& slot) {
  Napi::Object methods = Napi::Object::New(env);
  bind<guarded<apply>>(methods, "apply", slot);
  bind<guarded<cycle>>(methods, "cycle", slot);
  bind<guarded<fetch>>(methods, "fetch", slot);
  bind<guarded<amountCount>>(methods, "amountCount", slot);
  bind<guarded<sort>>(methods, "sort", slot);
  bind<guarded<shuffle>>(methods, "shuffle", slot);
  bind<guarded<readNode>>(methods, "readNode", slot);
  bind<guarded<counters>>(methods, "counters", slot);
  bind<close>(methods, "close", slot);
  return methods;
}

}  // namespace

Napi::Value CreateEngine(const Napi::CallbackInfo& info) {
  const double kinds = numberAt(info, 0, "kinds");
  const double seed = numberAt(info, 1, "seed");
  const bool randomRoles = booleanAt(info, 2, "randomRoles");
  const bool randomFrameworks = booleanAt(info, 3, "randomFrameworks");
  const bool incremental = booleanAt(info, 4, "incremental");
  try {
    const SlotRef slot = std::make_shared<Slot>();
    slot->engine = std::make_unique<Engine>(checkOptions(kinds, seed, randomRoles, randomFrameworks, incremental));
    return bindAll(info.Env(), slot);
  } catch (const EngineError& error) {
    throw Napi::RangeError::New(info.Env(), error.what());
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception&) {
    throw Napi::RangeError::New(info.Env(), "there is no memory for an engine");
  }
}

}  // namespace mete
