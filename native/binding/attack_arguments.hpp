#pragma once

#include <vector>

#include "binding/arguments.hpp"
#include "engine/attack.hpp"

namespace robust_features::binding {

// Beyond it float32 arithmetic in a ball overflows.
constexpr double kLargestRadius = 1e15;

LossKind loss_argument(const Options& options);
Norm norm_argument(const Options& options);
Budget budget_argument(const Options& options);
Rule rule_argument(const Options& options);

// Attacks for this network and data, refusing what cannot be carried out on it: patch budgets and
// aligned attacks on overlapping patches, inputs outside the box bounds.
std::vector<Attack> attack_arguments(Napi::Value value, const NetworkArguments& network,
                                     const AnyPatchData& data);

}  // namespace robust_features::binding
