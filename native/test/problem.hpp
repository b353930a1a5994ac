#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "engine/attack.hpp"
#include "engine/network.hpp"
#include "engine/patch_data.hpp"
#include "test/numbers.hpp"

namespace robust_features::test {

inline constexpr NetworkShape kShape{2, 2, 8};

template <class T>
Activation<T> smoothed_relu() {
  return {ActivationKind::smoothed_relu, 3, T(1)};
}

template <class T>
std::vector<T> initial_weights() {
  return random_numbers<T>(kShape.weights(), 1, 0.3);
}

// Noisy samples of two classes, three patches each; class i leans on coordinate i.
template <class T>
std::shared_ptr<const PatchData<T>> make_data(std::size_t samples) {
  const std::size_t d = kShape.dimension;
  const std::size_t length = 3 * d;
  auto data = std::make_shared<PatchData<T>>(PatchData<T>{{3, d, length, {}},
                                                          samples,
                                                          2,
                                                          AlignedBuffer<T>(samples * length),
                                                          std::vector<std::int32_t>(samples)});
  const std::vector<T> noise = random_numbers<T>(samples * length, 2, 0.2);
  for (std::size_t n = 0; n < samples; ++n) {
    data->labels[n] = static_cast<std::int32_t>(n % 2);
    std::copy_n(noise.data() + n * length, length, data->inputs.data() + n * length);
    for (std::size_t p = 0; p < 3; ++p) data->inputs[n * length + p * d + n % 2] += T(1);
  }
  return data;
}

inline GradientAttack gradient_ascent() {
  GradientAttack attack{};
  attack.loss = LossKind::cross_entropy;
  attack.rule = Rule::normalized;
  attack.norm = Norm::l2;
  attack.budget = Budget::patch;
  attack.radius = 0.25;
  attack.steps = 3;
  attack.step_size = 0.2;
  attack.random_start = true;
  attack.restarts = 2;
  attack.lower = -INFINITY;
  attack.upper = INFINITY;
  return attack;
}

// Features along the axes: u_i on coordinate i, v_i on coordinate classes + i.
inline AlignedAttack aligned_attack() {
  AlignedAttack attack{};
  attack.norm = Norm::l2;
  attack.budget = Budget::input;
  attack.radius = 0.5;
  attack.splits = 3;
  attack.selection = AlignedAttack::Selection::per_patch;
  attack.robust_features.resize(kShape.classes * kShape.dimension);
  attack.non_robust_features.resize(kShape.classes * kShape.dimension);
  for (std::size_t i = 0; i < kShape.classes; ++i) {
    attack.robust_features[i * kShape.dimension + i] = 1;
    attack.non_robust_features[i * kShape.dimension + kShape.classes + i] = 1;
  }
  return attack;
}

}  // namespace robust_features::test
