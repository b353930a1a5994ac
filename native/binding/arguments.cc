#include "binding/arguments.hpp"

#include <cmath>
#include <type_traits>

#include "binding/cancellation_class.hpp"

namespace robust_features::binding {

namespace {

struct RawView {
  napi_typedarray_type type;
  void* data;
  std::size_t length;
};

RawView raw_view(Napi::Value value, const std::string& name) {
  const Napi::Env env = value.Env();
  if (!value.IsTypedArray()) invalid(env, name, "a typed array");
  RawView view{};
  napi_value buffer = nullptr;
  if (napi_get_typedarray_info(env, value, &view.type, &view.length, &view.data, &buffer,
                               nullptr) != napi_ok) {
    invalid(env, name, "a readable typed array");
  }
  bool plain = false;
  napi_is_arraybuffer(env, buffer, &plain);
  if (!plain) invalid(env, name, "backed by an ArrayBuffer, not a SharedArrayBuffer");
  bool detached = false;
  napi_is_detached_arraybuffer(env, buffer, &detached);
  if (detached) invalid(env, name, "backed by an ArrayBuffer that is not detached");
  return view;
}

template <class T>
constexpr napi_typedarray_type kArrayType = std::is_same_v<T, float>          ? napi_float32_array
                                            : std::is_same_v<T, double>       ? napi_float64_array
                                            : std::is_same_v<T, std::uint8_t> ? napi_uint8_array
                                                                              : napi_int32_array;

template <class T>
std::span<T> as_span(const RawView& view) {
  return {static_cast<T*>(view.data), view.length};
}

}  // namespace

AnyFloats float_view(Napi::Value value, const std::string& name) {
  const RawView view = raw_view(value, name);
  if (view.type == napi_float32_array) return as_span<float>(view);
  if (view.type == napi_float64_array) return as_span<double>(view);
  invalid(value.Env(), name, "a Float32Array or a Float64Array");
}

template <class T>
std::span<T> typed_view(Napi::Value value, const std::string& name) {
  const RawView view = raw_view(value, name);
  if (view.type != kArrayType<T>) {
    invalid(value.Env(), name,
            std::is_same_v<T, float>          ? "a Float32Array"
            : std::is_same_v<T, double>       ? "a Float64Array"
            : std::is_same_v<T, std::uint8_t> ? "a Uint8Array"
                                              : "an Int32Array");
  }
  return as_span<T>(view);
}
template std::span<float> typed_view(Napi::Value, const std::string&);
template std::span<std::uint8_t> typed_view(Napi::Value, const std::string&);

std::span<double> double_view(Napi::Value value, const std::string& name) {
  return typed_view<double>(value, name);
}

std::span<std::int32_t> int32_view(Napi::Value value, const std::string& name) {
  return typed_view<std::int32_t>(value, name);
}

template <class T>
std::vector<T> finite_copy(Napi::Env env, std::span<const T> view, const std::string& name) {
  std::vector<T> copy(view.begin(), view.end());
  for (const T value : copy) {
    if (!std::isfinite(value)) invalid(env, name, "free of NaN and infinities");
  }
  return copy;
}
template std::vector<float> finite_copy(Napi::Env, std::span<const float>, const std::string&);
template std::vector<double> finite_copy(Napi::Env, std::span<const double>, const std::string&);

AnyFloatVector finite_float_copy(Napi::Value value, const std::string& name) {
  return std::visit(
      [&](auto view) -> AnyFloatVector {
        using T = typename decltype(view)::value_type;
        return finite_copy<T>(value.Env(), view, name);
      },
      float_view(value, name));
}

std::size_t length_of(const AnyFloatVector& values) {
  return std::visit([](const auto& v) { return v.size(); }, values);
}

void require_length(Napi::Env env, std::size_t actual, std::size_t expected,
                    const std::string& name) {
  if (actual == expected) return;
  invalid(env, name, std::to_string(expected) + " numbers long, got " + std::to_string(actual));
}

double finite_number(Napi::Value value, const std::string& name) {
  if (!value.IsNumber()) invalid(value.Env(), name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!std::isfinite(number)) invalid(value.Env(), name, "a finite number");
  return number;
}

double number(Napi::Value value, const std::string& name, double low, double high) {
  if (!value.IsNumber()) invalid(value.Env(), name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= low && number <= high)) {
    invalid(value.Env(), name, "between " + std::to_string(low) + " and " + std::to_string(high));
  }
  return number;
}

std::size_t size(Napi::Value value, const std::string& name, std::size_t low, std::size_t high) {
  const double found = finite_number(value, name);
  if (found != std::floor(found) || found < static_cast<double>(low) ||
      found > static_cast<double>(high)) {
    invalid(value.Env(), name,
            "an integer between " + std::to_string(low) + " and " + std::to_string(high));
  }
  return static_cast<std::size_t>(found);
}

namespace {
Napi::Object require_object(Napi::Value value, const std::string& name) {
  if (!value.IsObject()) invalid(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}
}  // namespace

Options::Options(Napi::Value value, std::string where)
    : object_(require_object(value, where)), where_(std::move(where)) {}

std::size_t Options::size(const char* name, std::size_t low, std::size_t high) const {
  return binding::size(get(name), path(name), low, high);
}

double Options::number(const char* name, double low, double high) const {
  return binding::number(get(name), path(name), low, high);
}

double Options::non_negative(const char* name) const {
  const double found = finite_number(get(name), path(name));
  if (found < 0) invalid(env(), path(name), "at least 0");
  return found;
}

bool Options::boolean(const char* name) const {
  const Napi::Value value = get(name);
  if (!value.IsBoolean()) invalid(env(), path(name), "true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string Options::string(const char* name) const {
  const Napi::Value value = get(name);
  if (!value.IsString()) invalid(env(), path(name), "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::uint64_t Options::seed(const char* name) const {
  const double found = number(name, 0, kLargestSeed);
  if (found != std::floor(found)) invalid(env(), path(name), "an integer");
  return static_cast<std::uint64_t>(found);
}

std::vector<double> Options::doubles(const char* name, std::size_t count) const {
  const std::span<double> view = double_view(get(name), path(name));
  require_length(env(), view.size(), count, path(name));
  return finite_copy<double>(env(), view, path(name));
}

std::size_t checked_product(Napi::Env env, std::size_t a, std::size_t b) {
  constexpr std::size_t kMost = std::size_t{1} << 48;
  if (a != 0 && b > kMost / a)
    throw make_error(env, "OUT_OF_MEMORY", "The sizes given multiply beyond any memory.");
  return a * b;
}

Activation<double> activation_arguments(const Options& options) {
  const auto kind =
      options.one_of<ActivationKind>("kind", {{"smoothedRelu", ActivationKind::smoothed_relu},
                                              {"relu", ActivationKind::relu},
                                              {"polynomial", ActivationKind::polynomial}});
  const auto power = static_cast<int>(options.size("power", 1, 64));
  const double threshold = options.non_negative("threshold");
  if (kind != ActivationKind::relu && power < 2)
    invalid(options.env(), options.path("power"), "at least 2");
  // Within these bounds a threshold and its reciprocal are normal numbers in either precision.
  if (kind == ActivationKind::smoothed_relu && !(threshold >= 1e-30 && threshold <= 1e30)) {
    invalid(options.env(), options.path("threshold"), "between 1e-30 and 1e30");
  }
  return {kind, power, threshold};
}

bool has_tag(Napi::Value value, const napi_type_tag& tag) {
  bool tagged = false;
  if (value.IsObject()) napi_check_object_type_tag(value.Env(), value, &tag, &tagged);
  return tagged;
}

Execution execution_arguments(const Options& options) {
  Execution execution{options.size("threads", 1, 1024), nullptr};
  const Napi::Value cancellation = options.get("cancellation");
  if (cancellation.IsUndefined()) {
    execution.cancellation = std::make_shared<Cancellation>();
    return execution;
  }
  if (!has_tag(cancellation, CancellationClass::kTag)) {
    invalid(options.env(), options.path("cancellation"), "a Cancellation");
  }
  execution.cancellation = CancellationClass::Unwrap(cancellation.As<Napi::Object>())->native();
  return execution;
}

template <class T>
Napi::Value typed_array(Napi::Env env, const T* values, std::size_t count) {
  Napi::TypedArrayOf<T> array = Napi::TypedArrayOf<T>::New(env, count, kArrayType<T>);
  std::copy_n(values, count, array.Data());
  return array;
}
template Napi::Value typed_array(Napi::Env, const float*, std::size_t);
template Napi::Value typed_array(Napi::Env, const double*, std::size_t);
template Napi::Value typed_array(Napi::Env, const std::int32_t*, std::size_t);
template Napi::Value typed_array(Napi::Env, const std::uint8_t*, std::size_t);

}  // namespace robust_features::binding
