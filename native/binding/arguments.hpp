#pragma once

#include <napi.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "binding/error.hpp"
#include "engine/cancellation.hpp"
#include "kernels/activation.hpp"

namespace robust_features::binding {

using AnyFloats = std::variant<std::span<float>, std::span<double>>;
using AnyFloatVector = std::variant<std::vector<float>, std::vector<double>>;

// Views of a caller's typed array; taking one runs no JavaScript. They are valid until JavaScript
// runs again: copy, or finish, before. Detached and shared buffers and other element types are
// refused.
AnyFloats float_view(Napi::Value value, const std::string& name);
std::span<double> double_view(Napi::Value value, const std::string& name);
std::span<std::int32_t> int32_view(Napi::Value value, const std::string& name);
template <class T>
std::span<T> typed_view(Napi::Value value, const std::string& name);

// Copies, refusing NaN and infinities.
template <class T>
std::vector<T> finite_copy(Napi::Env env, std::span<const T> view, const std::string& name);
AnyFloatVector finite_float_copy(Napi::Value value, const std::string& name);
std::size_t length_of(const AnyFloatVector& values);

void require_length(Napi::Env env, std::size_t actual, std::size_t expected,
                    const std::string& name);

double number(Napi::Value value, const std::string& name, double low, double high);
double finite_number(Napi::Value value, const std::string& name);
std::size_t size(Napi::Value value, const std::string& name, std::size_t low, std::size_t high);

// 2^53 − 1, the largest seed; counts are held below 2^31.
constexpr double kLargestSeed = 9007199254740991.0;
constexpr std::size_t kLargestCount = 2147483647;

// An options object read field by field; names in errors are `where.field`.
class Options {
 public:
  Options(Napi::Value value, std::string where);

  Napi::Env env() const { return object_.Env(); }
  Napi::Value get(const char* name) const { return object_.Get(name); }
  bool has(const char* name) const { return !get(name).IsUndefined(); }
  std::string path(const char* name) const { return where_ + "." + name; }

  std::size_t size(const char* name, std::size_t low, std::size_t high = kLargestCount) const;
  double number(const char* name, double low, double high) const;
  double non_negative(const char* name) const;
  bool boolean(const char* name) const;
  std::string string(const char* name) const;
  std::uint64_t seed(const char* name) const;
  Options options(const char* name) const { return {get(name), path(name)}; }

  template <class Enum>
  Enum one_of(const char* name, std::initializer_list<std::pair<const char*, Enum>> values) const {
    const std::string found = string(name);
    std::string expected = "one of";
    for (const auto& [text, value] : values) {
      if (found == text) return value;
      expected += std::string(" '") + text + "'";
    }
    invalid(env(), path(name), expected);
  }

  // count doubles, finite
  std::vector<double> doubles(const char* name, std::size_t count) const;

 private:
  Napi::Object object_;
  std::string where_;
};

// rows · columns, refused where it cannot be the length of anything.
std::size_t checked_product(Napi::Env env, std::size_t a, std::size_t b);

Activation<double> activation_arguments(const Options& options);

// Whether a value is an object that was given this tag.
bool has_tag(Napi::Value value, const napi_type_tag& tag);

struct Execution {
  std::size_t threads;
  std::shared_ptr<Cancellation> cancellation;
};
Execution execution_arguments(const Options& options);

template <class T>
Napi::Value typed_array(Napi::Env env, const T* values, std::size_t count);

}  // namespace robust_features::binding
