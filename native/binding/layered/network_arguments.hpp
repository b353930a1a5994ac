#pragma once

#include "binding/arguments.hpp"
#include "binding/layered/image_data_class.hpp"
#include "engine/attack.hpp"
#include "layered/architecture.hpp"

namespace robust_features::binding {

layered::Architecture architecture_argument(Napi::Value value, const std::string& name);

struct LayeredNetworkArguments {
  layered::Architecture architecture;
  std::vector<float> parameters, statistics;
};
LayeredNetworkArguments layered_network_argument(Napi::Value value, const std::string& name);

// Float32, finite, of a stated length.
std::vector<float> float_copy(Napi::Value value, const std::string& name, std::size_t length);

// Refuses images of another size than the network's, or with more classes.
void require_matching(Napi::Env env, const layered::Architecture& architecture,
                      const layered::ImageData& data);

// Gradient attacks on whole images within [0, 1].
std::vector<GradientAttack> image_attack_arguments(Napi::Value value);

}  // namespace robust_features::binding
