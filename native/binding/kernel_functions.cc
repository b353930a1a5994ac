#include <variant>

#include "binding/attack_arguments.hpp"
#include "binding/functions.hpp"
#include "engine/blas.hpp"
#include "kernels/ball.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/softmax.hpp"

namespace robust_features::binding {

namespace {

// Calls body(span<T>…) on views of one float type; taken last, when no more JavaScript can run.
template <class Body>
void with_views(const Napi::CallbackInfo& info,
                std::initializer_list<std::pair<std::size_t, const char*>> arguments,
                const Body& body) {
  std::vector<AnyFloats> views;
  views.reserve(arguments.size());
  for (const auto& [index, name] : arguments) {
    views.push_back(float_view(info[index], name));
    if (views.back().index() != views.front().index())
      invalid(info.Env(), name, "of the same precision");
  }
  std::visit(
      [&]<class T>(std::span<T>) {
        std::vector<std::span<T>> same;
        same.reserve(views.size());
        for (const AnyFloats& view : views) same.push_back(std::get<std::span<T>>(view));
        body(same);
      },
      views.front());
}

template <class T>
Activation<T> converted(const Activation<double>& activation) {
  return {activation.kind, activation.power, static_cast<T>(activation.threshold)};
}

// (activation, surrogateSlope, z, values, slopes)
void activation(const Napi::CallbackInfo& info) {
  const Activation<double> kind = activation_arguments(Options(info[0], "activation"));
  const double surrogate_slope = finite_number(info[1], "surrogateSlope");
  with_views(info, {{2, "z"}, {3, "values"}, {4, "slopes"}},
             [&]<class T>(const std::vector<std::span<T>>& views) {
               require_length(info.Env(), views[1].size(), views[0].size(), "values");
               require_length(info.Env(), views[2].size(), views[0].size(), "slopes");
               const KernelTable<T>& kernels = kernel_table<T>();
               kernels.activation_values(converted<T>(kind), views[0].data(), views[1].data(),
                                         views[0].size());
               kernels.activation_slopes(converted<T>(kind), static_cast<T>(surrogate_slope),
                                         views[0].data(), views[2].data(), views[0].size());
             });
}

// (activation, rows, columns, z, out)
void activation_column_sums(const Napi::CallbackInfo& info) {
  const Activation<double> kind = activation_arguments(Options(info[0], "activation"));
  const std::size_t rows = size(info[1], "rows", 0, kLargestCount);
  const std::size_t columns = size(info[2], "columns", 0, kLargestCount);
  with_views(info, {{3, "z"}}, [&]<class T>(const std::vector<std::span<T>>& views) {
    const std::span<double> out = double_view(info[4], "out");
    require_length(info.Env(), views[0].size(), checked_product(info.Env(), rows, columns), "z");
    require_length(info.Env(), out.size(), columns, "out");
    kernel_table<T>().activation_column_sums(converted<T>(kind), views[0].data(), rows, columns,
                                             out.data());
  });
}

// (form, m, n, k, a, b, out)
void product(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString()) invalid(env, "form", "'nt', 'nn' or 'tn'");
  const std::string form = info[0].As<Napi::String>().Utf8Value();
  if (form != "nt" && form != "nn" && form != "tn") invalid(env, "form", "'nt', 'nn' or 'tn'");
  const std::size_t m = size(info[1], "m", 0, kLargestCount);
  const std::size_t n = size(info[2], "n", 0, kLargestCount);
  const std::size_t k = size(info[3], "k", 0, kLargestCount);
  with_views(info, {{4, "a"}, {5, "b"}, {6, "out"}},
             [&]<class T>(const std::vector<std::span<T>>& views) {
               require_length(env, views[0].size(), checked_product(env, m, k), "a");
               require_length(env, views[1].size(), checked_product(env, n, k), "b");
               require_length(env, views[2].size(), checked_product(env, m, n), "out");
               const T* a = views[0].data();
               const T* b = views[1].data();
               T* out = views[2].data();
               if (form == "nt")
                 blas::product_nt(m, n, k, a, k, b, out, n);
               else if (form == "nn")
                 blas::product_nn(m, n, k, a, k, b, out, n);
               else
                 blas::accumulate_tn(m, n, k, a, m, b, out);
             });
}

// (loss, scores, label, direction) → { loss, scale, margin }
Napi::Value residual_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object named = Napi::Object::New(env);
  named.Set("loss", info[0]);
  const LossKind kind = loss_argument(Options(named, "residual"));
  const std::size_t label = size(info[2], "label", 0, kLargestCount);
  const std::span<double> scores = double_view(info[1], "scores");
  const std::span<double> direction = double_view(info[3], "direction");
  require_length(env, direction.size(), scores.size(), "direction");
  if (scores.size() < 2) invalid(env, "scores", "at least 2 long");
  if (label >= scores.size()) invalid(env, "label", "below " + std::to_string(scores.size()));
  const Residual found = residual(kind, scores, label, direction);
  const Napi::Object result = Napi::Object::New(env);
  result.Set("loss", found.loss);
  result.Set("scale", found.scale);
  result.Set("margin", found.margin);
  return result;
}

void require_balls(Napi::Env env, std::size_t total, std::size_t length, const std::string& name) {
  if (total % length != 0)
    invalid(env, name, "a whole number of balls of " + std::to_string(length));
}

// (rule, norm, radius, stepSize, length, gradient, perturbation)
void ascend(const Napi::CallbackInfo& info) {
  const Napi::Object named = Napi::Object::New(info.Env());
  named.Set("rule", info[0]);
  named.Set("norm", info[1]);
  named.Set("radius", info[2]);
  named.Set("stepSize", info[3]);
  const Options options(named, "ascend");
  const Rule rule = rule_argument(options);
  const Norm norm = norm_argument(options);
  const double radius = options.number("radius", 0, kLargestRadius);
  const double step_size = options.non_negative("stepSize");
  const std::size_t length = size(info[4], "length", 1, kLargestCount);
  with_views(info, {{5, "gradient"}, {6, "perturbation"}},
             [&]<class T>(const std::vector<std::span<T>>& views) {
               require_balls(info.Env(), views[0].size(), length, "gradient");
               require_length(info.Env(), views[1].size(), views[0].size(), "perturbation");
               for (std::size_t first = 0; first < views[0].size(); first += length) {
                 ascend_in_ball(rule, norm, radius, step_size, views[0].data() + first,
                                views[1].data() + first, length);
               }
             });
}

// (norm, radius, length, perturbation)
void project(const Napi::CallbackInfo& info) {
  const Napi::Object named = Napi::Object::New(info.Env());
  named.Set("norm", info[0]);
  named.Set("radius", info[1]);
  const Options options(named, "project");
  const Norm norm = norm_argument(options);
  const double radius = options.non_negative("radius");
  const std::size_t length = size(info[2], "length", 1, kLargestCount);
  with_views(info, {{3, "perturbation"}}, [&]<class T>(const std::vector<std::span<T>>& views) {
    require_balls(info.Env(), views[0].size(), length, "perturbation");
    for (std::size_t first = 0; first < views[0].size(); first += length) {
      project_to_ball(norm, radius, views[0].data() + first, length);
    }
  });
}

// (norm, values)
Napi::Value norm_of(const Napi::CallbackInfo& info) {
  const Napi::Object named = Napi::Object::New(info.Env());
  named.Set("norm", info[0]);
  const Norm norm = norm_argument(Options(named, "norm"));
  double result = 0;
  with_views(info, {{1, "values"}}, [&]<class T>(const std::vector<std::span<T>>& views) {
    result = ball_norm(norm, views[0].data(), views[0].size());
  });
  return Napi::Number::New(info.Env(), result);
}

}  // namespace

void define_kernel_functions(Napi::Env env, Napi::Object exports) {
  const Napi::Object kernels = Napi::Object::New(env);
  kernels.Set("activation", Napi::Function::New(env, translated<activation>, "activation"));
  kernels.Set("activationColumnSums",
              Napi::Function::New(env, translated<activation_column_sums>, "activationColumnSums"));
  kernels.Set("product", Napi::Function::New(env, translated<product>, "product"));
  kernels.Set("residual", Napi::Function::New(env, translated<residual_of>, "residual"));
  kernels.Set("ascend", Napi::Function::New(env, translated<ascend>, "ascend"));
  kernels.Set("project", Napi::Function::New(env, translated<project>, "project"));
  kernels.Set("norm", Napi::Function::New(env, translated<norm_of>, "norm"));
  exports.Set("kernels", kernels);
}

}  // namespace robust_features::binding
