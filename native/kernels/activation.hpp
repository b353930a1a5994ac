#pragma once

#include <cstdint>

namespace robust_features {

enum class ActivationKind : std::uint8_t { smoothed_relu, relu, polynomial };

// smoothed_relu: σ(z) = 0 (z ≤ 0); z^q / (q ϱ^(q−1)) (z ≤ ϱ); z − (1 − 1/q) ϱ (z ≥ ϱ)
// relu:          σ(z) = max(z, 0)
// polynomial:    σ(z) = max(z, 0)^q
// with q = power ≥ 2 and ϱ = threshold > 0. NaN propagates.
template <class T>
struct Activation {
  ActivationKind kind;
  int power;
  T threshold;
};

}  // namespace robust_features
