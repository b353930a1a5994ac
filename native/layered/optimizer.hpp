#pragma once

#include <cstdint>
#include <vector>

namespace robust_features::layered {

enum class OptimizerKind : std::uint8_t { sgd, adam };

// sgd:  g ← g + λ w;  v ← μ v + g;  w ← w − η (g + μ v) (nesterov) or w − η v
// adam: g ← g + λ w;  m ← β₁ m + (1 − β₁) g;  s ← β₂ s + (1 − β₂) g²;
//       w ← w − η m̂ / (√ŝ + ε) with m̂, ŝ divided by 1 − βᵗ (D. Kingma, J. Ba, arXiv 1412.6980)
struct Optimizer {
  OptimizerKind kind = OptimizerKind::sgd;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

  // Arrays of the parameters' length that it keeps: v; or m, then s.
  std::size_t moments() const { return kind == OptimizerKind::sgd ? 1 : 2; }

  // `update` counts from 1. The gradient is overwritten.
  void step(double learning_rate, std::size_t update, std::vector<float>& parameters,
            std::vector<float>& gradient, std::vector<float>& state) const;
};

}  // namespace robust_features::layered
