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

#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "binding/call.h"
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

template <typename T>
void copyTo(const Buffer<T>& buffer, const T* from, size_t count) {
  if (count > 0) std::memcpy(buffer.data, from, count * sizeof(T));
}

/** Copies a list to JavaScript and returns its length. */
template <typename T>
napi_value copyAll(const Call& call, const Buffer<T>& buffer, std::span<const T> list) {
  mustFit(list.size(), buffer.length);
  copyTo(buffer, list.data(), list.size());
  return call.result(static_cast<double>(list.size()));
}

/** apply(ops: Float64Array, length) */
napi_value apply(const Call& call, Slot& slot) {
  const Buffer<double> ops = call.doubles(0);
  const double length = call.number(1, "length");
  const bool fits = length >= 0 && length <= static_cast<double>(ops.length);
  slot.program.assign(ops.data, ops.data + (fits ? static_cast<size_t>(length) : 0));
  slot.engine->apply(slot.program.data(), ops.length, length);
  return nullptr;
}

/** Copies the grants of the last cycle; returns their number, or -1 - number if they do not fit. */
napi_value copyGrants(const Call& call, size_t at, const GrantList& list) {
  const double count = static_cast<double>(list.count());
  if (list.records.empty()) return call.result(count);
  const Buffer<int32_t> records = call.integers(at);
  const Buffer<double> amounts = call.doubles(at + 1);
  if (list.records.size() > records.length || list.amounts.size() > amounts.length) return call.result(-1 - count);
  copyTo(records, list.records.data(), list.records.size());
  copyTo(amounts, list.amounts.data(), list.amounts.size());
  return call.result(count);
}

/** cycle(run, allAgents, grants: Int32Array, amounts: Float64Array) */
napi_value cycle(const Call& call, Slot& slot) {
  const double run = call.number(0, "run");
  const bool allAgents = call.boolean(1, "allAgents");
  return copyGrants(call, 2, slot.engine->cycle(run, allAgents));
}

/** fetch(grants: Int32Array, amounts: Float64Array): the grants of the last cycle, as `cycle` returned them. */
napi_value fetch(const Call& call, Slot& slot) { return copyGrants(call, 0, slot.engine->grants()); }

/** amountCount(): how many amounts the grants of the last cycle have. */
napi_value amountCount(const Call& call, Slot& slot) {
  return call.result(static_cast<double>(slot.engine->grants().amounts.size()));
}

/** sort(root, out: Int32Array) */
napi_value sort(const Call& call, Slot& slot) {
  const double root = call.number(0, "root");
  const Buffer<int32_t> out = call.integers(1);
  return copyAll(call, out, slot.engine->sort(root));
}

/** shuffle(root, salt, out: Int32Array) */
napi_value shuffle(const Call& call, Slot& slot) {
  const double root = call.number(0, "root");
  const double salt = call.number(1, "salt");
  const Buffer<int32_t> out = call.integers(2);
  return copyAll(call, out, slot.engine->shuffle(root, salt));
}

/** readNode(node, out: Float64Array) */
napi_value readNode(const Call& call, Slot& slot) {
  const double node = call.number(0, "node");
  const Buffer<double> out = call.doubles(1);
  return copyAll(call, out, slot.engine->readNode(node));
}

/** counters() */
napi_value counters(const Call& call, Slot& slot) {
  const EngineCounters work = slot.engine->counters();
  napi_value out = nullptr;
  if (napi_create_object(call.env, &out) != napi_ok) return nullptr;
  const auto set = [&call, out](const char* name, uint64_t value) {
    napi_set_named_property(call.env, out, name, call.result(static_cast<double>(value)));
  };
  set("cycles", work.cycles);
  set("visits", work.visits);
  set("clientChecks", work.clientChecks);
  set("grants", work.grants);
  set("sorts", work.sorts);
  return out;
}

Slot& slotOf(const Call& call) { return **static_cast<SlotRef*>(call.data()); }

using Method = napi_value (*)(const Call& call, Slot& slot);

/** Calls a method on the open engine and turns what the core throws into JavaScript errors. */
template <Method method>
napi_value guarded(napi_env env, napi_callback_info info) {
  Slot* slot = nullptr;
  try {
    const Call call(env, info);
    slot = &slotOf(call);
    if (slot->engine == nullptr) throw TypeRefusal("the engine is closed");
    return method(call, *slot);
  } catch (const TypeRefusal& refusal) {
    napi_throw_type_error(env, nullptr, refusal.what());
  } catch (const EngineError& error) {
    napi_throw_range_error(env, nullptr, error.what());
  } catch (const std::exception&) {
    // No memory in the middle of a change: what is left of the tables is not to be trusted.
    if (slot != nullptr) *slot = Slot();
    napi_throw_range_error(env, nullptr, "the engine ran out of memory and is closed");
  }
  return nullptr;
}

/** close(): frees the engine; closing again does nothing. */
napi_value close(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  size_t count = 0;
  if (napi_get_cb_info(env, info, &count, nullptr, nullptr, &data) == napi_ok) **static_cast<SlotRef*>(data) = Slot();
  return nullptr;
}

void release(napi_env, void* data, void*) { delete static_cast<SlotRef*>(data); }

struct Entry {
  const char* name;
  napi_callback callback;
};

constexpr Entry METHODS[] = {
    {"apply", guarded<apply>},
    {"cycle", guarded<cycle>},
    {"fetch", guarded<fetch>},
    {"amountCount", guarded<amountCount>},
    {"sort", guarded<sort>},
    {"shuffle", guarded<shuffle>},
    {"readNode", guarded<readNode>},
    {"counters", guarded<counters>},
    {"close", close},
};

/** Adds a function that owns a share of the slot; false if the environment is going down. */
bool bind(napi_env env, napi_value methods, const Entry& entry, const SlotRef& slot) {
  auto share = std::make_unique<SlotRef>(slot);
  napi_value function = nullptr;
  if (napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.callback, share.get(), &function) != napi_ok ||
      napi_add_finalizer(env, function, share.get(), release, nullptr, nullptr) != napi_ok) {
    return false;  // nobody has seen the function
  }
  share.release();
  return napi_set_named_property(env, methods, entry.name, function) == napi_ok;
}

napi_value bindAll(napi_env env, const SlotRef& slot) {
  napi_value methods = nullptr;
  if (napi_create_object(env, &methods) != napi_ok) return nullptr;
  for (const Entry& entry : METHODS) {
    if (!bind(env, methods, entry, slot)) return nullptr;
  }
  return methods;
}

EngineOptions optionsOf(const Call& call) {
  const double kinds = call.number(0, "kinds");
  const double seed = call.number(1, "seed");
  const bool randomRoles = call.boolean(2, "randomRoles");
  const bool randomFrameworks = call.boolean(3, "randomFrameworks");
  const bool hierarchicalRoles = call.boolean(4, "hierarchicalRoles");
  const bool incremental = call.boolean(5, "incremental");
  return checkOptions(kinds, seed, randomRoles, randomFrameworks, hierarchicalRoles, incremental);
}

}  // namespace

napi_value createEngine(napi_env env, napi_callback_info info) {
  try {
    const Call call(env, info);
    const SlotRef slot = std::make_shared<Slot>();
    slot->engine = std::make_unique<Engine>(optionsOf(call));
    return bindAll(env, slot);
  } catch (const TypeRefusal& refusal) {
    napi_throw_type_error(env, nullptr, refusal.what());
  } catch (const EngineError& error) {
    napi_throw_range_error(env, nullptr, error.what());
  } catch (const std::exception&) {
    napi_throw_range_error(env, nullptr, "there is no memory for an engine");
  }
  return nullptr;
}

}  // namespace mete
