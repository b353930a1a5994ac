#include "binding/arguments.hpp"
#include "binding/functions.hpp"
#include "engine/random_stream.hpp"

namespace robust_features::binding {

namespace {

constexpr std::size_t kMostDraws = std::size_t{1} << 28;

struct Draw {
  RandomStream stream;
  std::size_t count;
};

// (seed, stream, item, count)
Draw draw_arguments(const Napi::CallbackInfo& info) {
  const double seed = number(info[0], "seed", 0, kLargestSeed);
  if (seed != static_cast<double>(static_cast<std::uint64_t>(seed)))
    invalid(info.Env(), "seed", "an integer");
  if (!info[1].IsString()) invalid(info.Env(), "stream", "a string");
  const std::string name = info[1].As<Napi::String>().Utf8Value();
  const auto item = static_cast<std::uint32_t>(size(info[2], "item", 0, 4294967295));
  return {RandomStream(static_cast<std::uint64_t>(seed), name, item),
          size(info[3], "count", 0, kMostDraws)};
}

Napi::Value uniform(const Napi::CallbackInfo& info) {
  const Draw draw = draw_arguments(info);
  std::vector<double> numbers(draw.count);
  draw.stream.uniforms(0, numbers);
  return typed_array(info.Env(), numbers.data(), numbers.size());
}

Napi::Value normal(const Napi::CallbackInfo& info) {
  const Draw draw = draw_arguments(info);
  std::vector<double> numbers(draw.count);
  draw.stream.normals(0, numbers);
  return typed_array(info.Env(), numbers.data(), numbers.size());
}

Napi::Value permutation(const Napi::CallbackInfo& info) {
  const Draw draw = draw_arguments(info);
  const std::vector<std::int32_t> order = draw.stream.permutation(draw.count);
  return typed_array(info.Env(), order.data(), order.size());
}

}  // namespace

void define_random_functions(Napi::Env env, Napi::Object exports) {
  const Napi::Object random = Napi::Object::New(env);
  random.Set("uniform", Napi::Function::New(env, translated<uniform>, "uniform"));
  random.Set("normal", Napi::Function::New(env, translated<normal>, "normal"));
  random.Set("permutation", Napi::Function::New(env, translated<permutation>, "permutation"));
  exports.Set("random", random);
}

}  // namespace robust_features::binding
