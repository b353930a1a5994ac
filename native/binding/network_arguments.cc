#include "binding/network_arguments.hpp"

namespace robust_features::binding {

NetworkArguments network_arguments(Napi::Value value) {
  const Options options(value, "network");
  const NetworkShape shape{options.size("classes", 2, 100000),
                           options.size("filtersPerClass", 1, 1000000),
                           options.size("dimension", 1)};
  const Activation<double> activation = activation_arguments(options.options("activation"));
  const std::size_t count = checked_product(
      options.env(), checked_product(options.env(), shape.classes, shape.filters_per_class),
      shape.dimension);
  AnyFloatVector weights = finite_float_copy(options.get("weights"), "network.weights");
  require_length(options.env(), length_of(weights), count, "network.weights");
  return {shape, activation.kind, activation.power, activation.threshold, std::move(weights)};
}

const AnyPatchData& patch_data_argument(Napi::Value value, const std::string& name) {
  if (!has_tag(value, PatchDataClass::kTag)) invalid(value.Env(), name, "PatchData");
  return PatchDataClass::Unwrap(value.As<Napi::Object>())->native();
}

void require_matching(Napi::Env env, const NetworkArguments& network, const AnyPatchData& data) {
  if (network.weights.index() != data.index())
    invalid(env, "network.weights", "of the precision of the data");
  std::visit(
      [&](const auto& d) {
        if (d->geometry.dimension != network.shape.dimension) {
          invalid(env, "network.dimension",
                  "the data's patch dimension " + std::to_string(d->geometry.dimension) + ", got " +
                      std::to_string(network.shape.dimension));
        }
        if (d->classes > network.shape.classes) {
          invalid(env, "network.classes", "at least the data's " + std::to_string(d->classes));
        }
      },
      data);
}

}  // namespace robust_features::binding
