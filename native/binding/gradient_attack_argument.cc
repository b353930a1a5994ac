#include "binding/gradient_attack_argument.hpp"

#include <limits>

namespace robust_features::binding {

namespace {

AttackSpace space_argument(const Options& options) {
  if (!options.has("space")) return AttackSpace::automatic;
  return options.one_of<AttackSpace>("space", {{"auto", AttackSpace::automatic},
                                               {"gram", AttackSpace::gram},
                                               {"direct", AttackSpace::direct}});
}

}  // namespace

LossKind loss_argument(const Options& options) {
  return options.one_of<LossKind>(
      "loss", {{"crossEntropy", LossKind::cross_entropy}, {"margin", LossKind::margin}});
}

Budget budget_argument(const Options& options) {
  return options.one_of<Budget>("budget", {{"patch", Budget::patch}, {"input", Budget::input}});
}

Norm norm_argument(const Options& options) {
  return options.one_of<Norm>("norm", {{"l2", Norm::l2}, {"linf", Norm::linf}});
}

Rule rule_argument(const Options& options) {
  return options.one_of<Rule>("rule",
                              {{"gradient", Rule::gradient}, {"normalized", Rule::normalized}});
}

GradientAttack gradient_attack_argument(const Options& options) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double lower = options.number("lower", -kInfinity, kInfinity);
  const double upper = options.number("upper", -kInfinity, kInfinity);
  if (!(lower < upper)) invalid(options.env(), options.path("upper"), "above `lower`");
  return GradientAttack{loss_argument(options),
                        rule_argument(options),
                        norm_argument(options),
                        budget_argument(options),
                        options.number("radius", 0, kLargestRadius),
                        options.size("steps", 0, 1000000),
                        options.non_negative("stepSize"),
                        options.boolean("randomStart"),
                        options.size("restarts", 1, 100000),
                        options.non_negative("surrogateSlope"),
                        lower,
                        upper,
                        space_argument(options)};
}

}  // namespace robust_features::binding
