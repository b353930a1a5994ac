#include "binding/attack_arguments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/attack_suite.hpp"

namespace robust_features::binding {

namespace {

Attack aligned_attack(const Options& options, const NetworkShape& shape) {
  const std::size_t count = checked_product(options.env(), shape.classes, shape.dimension);
  const std::size_t splits = options.size("splits", 2, 1000);
  checked_product(options.env(),
                  checked_product(options.env(), shape.classes * shape.classes, 6 * splits),
                  std::max(shape.dimension, shape.filters()));
  return AlignedAttack{norm_argument(options),
                       budget_argument(options),
                       options.number("radius", 0, kLargestRadius),
                       splits,
                       options.one_of<AlignedAttack::Selection>(
                           "selection", {{"shared", AlignedAttack::Selection::shared},
                                         {"perPatch", AlignedAttack::Selection::per_patch}}),
                       options.doubles("robustFeatures", count),
                       options.doubles("nonRobustFeatures", count)};
}

template <class T>
bool within(const PatchData<T>& data, double lower, double upper) {
  return std::all_of(data.inputs.data(), data.inputs.data() + data.inputs.size(),
                     [=](T x) { return x >= static_cast<T>(lower) && x <= static_cast<T>(upper); });
}

void require_possible(const Options& options, const Attack& attack, const AnyPatchData& data) {
  std::visit(
      [&](const auto& d) {
        if (d->geometry.overlapping() && attack_budget(attack) == Budget::patch) {
          invalid(options.env(), options.path("budget"),
                  "'input' on overlapping patches, which share pixels");
        }
        if (d->geometry.overlapping() && std::holds_alternative<AlignedAttack>(attack)) {
          invalid(options.env(), options.path("kind"), "'gradientAscent' on overlapping patches");
        }
        const auto* gradient = std::get_if<GradientAttack>(&attack);
        const char* obstacle = obstacle_to_span(attack, d->geometry);
        if (gradient && gradient->space == AttackSpace::gram && obstacle != nullptr) {
          invalid(options.env(), options.path("space"),
                  std::string("'direct' or 'auto' with ") + obstacle);
        }
        if (gradient && gradient->bounded() && !within(*d, gradient->lower, gradient->upper)) {
          invalid(options.env(), "data.inputs", "within the attack's bounds");
        }
      },
      data);
}

}  // namespace

std::vector<Attack> attack_arguments(Napi::Value value, const NetworkArguments& network,
                                     const AnyPatchData& data) {
  const Napi::Env env = value.Env();
  if (!value.IsArray()) invalid(env, "attacks", "an array");
  const auto list = value.As<Napi::Array>();
  // Read once, for a getter could lengthen it for ever.
  const std::uint32_t length = list.Length();
  if (length > 1000) invalid(env, "attacks", "at most 1000 long");
  std::vector<Attack> attacks;
  for (std::uint32_t i = 0; i < length; ++i) {
    const Options options(list.Get(i), "attacks[" + std::to_string(i) + "]");
    const bool gradient =
        options.one_of<bool>("kind", {{"gradientAscent", true}, {"featureAligned", false}});
    attacks.push_back(gradient ? gradient_attack_argument(options)
                               : aligned_attack(options, network.shape));
    require_possible(options, attacks.back(), data);
  }
  return attacks;
}

}  // namespace robust_features::binding
