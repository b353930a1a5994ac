#include "layered/optimizer.hpp"

#include <cmath>

#include "kernels/kernel_table.hpp"

namespace robust_features::layered {

void Optimizer::step(double learning_rate, std::size_t update, std::vector<float>& parameters,
                     std::vector<float>& gradient, std::vector<float>& state) const {
  const KernelTable<float>& kernels = kernel_table<float>();
  const std::size_t n = parameters.size();
  if (weight_decay != 0)
    kernels.add_scaled(static_cast<float>(weight_decay), parameters.data(), gradient.data(), n);
  if (kind == OptimizerKind::sgd) {
    const auto mu = static_cast<float>(momentum);
    kernels.scale(mu, state.data(), n);
    kernels.add(state.data(), gradient.data(), state.data(), n);
    if (nesterov) {
      kernels.add_scaled(mu, state.data(), gradient.data(), n);
      kernels.add_scaled(static_cast<float>(-learning_rate), gradient.data(), parameters.data(), n);
    } else {
      kernels.add_scaled(static_cast<float>(-learning_rate), state.data(), parameters.data(), n);
    }
    return;
  }
  const auto power = static_cast<double>(update);
  const auto rate = static_cast<float>(learning_rate / (1 - std::pow(beta1, power)));
  const auto correction = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, power)));
  const auto b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2);
  // Of the doubles: near 1 the rounded β would leave nothing, or too much.
  const auto c1 = static_cast<float>(1 - beta1), c2 = static_cast<float>(1 - beta2);
  const auto little = static_cast<float>(epsilon);
  float* mean = state.data();
  float* square = state.data() + n;
  for (std::size_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    mean[i] = b1 * mean[i] + c1 * g;
    square[i] = b2 * square[i] + c2 * g * g;
    parameters[i] -= rate * mean[i] / (std::sqrt(square[i]) * correction + little);
  }
}

}  // namespace robust_features::layered
