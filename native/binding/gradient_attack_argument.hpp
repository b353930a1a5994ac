#pragma once

#include "binding/arguments.hpp"
#include "engine/attack.hpp"

namespace robust_features::binding {

// Beyond it float32 arithmetic in a ball overflows.
constexpr double kLargestRadius = 1e15;

LossKind loss_argument(const Options& options);
Norm norm_argument(const Options& options);
Budget budget_argument(const Options& options);
Rule rule_argument(const Options& options);

GradientAttack gradient_attack_argument(const Options& options);

}  // namespace robust_features::binding
