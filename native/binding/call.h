/**
 * A call from JavaScript: its arguments, and how they are refused.
 *
 * This is plain Node-API, without the C++ wrapper of node-addon-api: in a worker that is being terminated every call
 * may fail, the throwing of errors included, and where the wrapper then ends the process, a plain call may be given up.
 */
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace mete {

/** A refusal that becomes a TypeError. */
class TypeRefusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/** The elements of a typed array; none if it was detached. */
template <typename T>
struct Buffer {
  T* data;
  size_t length;
};

class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env(env) {
    size_t count = MAX_ARGUMENTS;
    if (napi_get_cb_info(env, info, &count, arguments_, nullptr, &data_) != napi_ok) throw TypeRefusal("no call");
  }

  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const napi_env env;

  /** What the function was made with. */
  void* data() const { return data_; }

  double number(size_t at, const char* name) const {
    double value = 0;
    if (napi_get_value_double(env, arguments_[at], &value) != napi_ok) throw TypeRefusal(mustBe(name, "a number"));
    return value;
  }

  bool boolean(size_t at, const char* name) const {
    bool value = false;
    if (napi_get_value_bool(env, arguments_[at], &value) != napi_ok) throw TypeRefusal(mustBe(name, "a boolean"));
    return value;
  }

  Buffer<int32_t> integers(size_t at) const { return buffer<int32_t>(at, napi_int32_array, "an Int32Array"); }
  Buffer<double> doubles(size_t at) const { return buffer<double>(at, napi_float64_array, "a Float64Array"); }

  /** The number as a result. */
  napi_value result(double value) const {
    napi_value result = nullptr;
    return napi_create_double(env, value, &result) == napi_ok ? result : nullptr;
  }

 private:
  static constexpr size_t MAX_ARGUMENTS = 6;

  static std::string mustBe(const char* name, const char* type) {
    return std::string(name).append(" must be ").append(type);
  }

  template <typename T>
  Buffer<T> buffer(size_t at, napi_typedarray_type wanted, const char* name) const {
    napi_typedarray_type type{};
    void* data = nullptr;
    size_t length = 0;
    const napi_status status = napi_get_typedarray_info(env, arguments_[at], &type, &length, &data, nullptr, nullptr);
    if (status != napi_ok || type != wanted) throw TypeRefusal(mustBe("the buffer", name));
    return {static_cast<T*>(data), data == nullptr ? 0 : length};
  }

  /** Arguments that were not given are undefined. */
  napi_value arguments_[MAX_ARGUMENTS];
  void* data_ = nullptr;
};

}  // namespace mete
