#pragma once

#include <vector>

#include "binding/gradient_attack_argument.hpp"
#include "binding/network_arguments.hpp"

namespace robust_features::binding {

// Attacks for this network and data, refusing what cannot be carried out on it: patch budgets and
// aligned attacks on overlapping patches, inputs outside the box bounds.
std::vector<Attack> attack_arguments(Napi::Value value, const NetworkArguments& network,
                                     const AnyPatchData& data);

}  // namespace robust_features::binding
