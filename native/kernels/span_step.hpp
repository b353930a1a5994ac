#pragma once

namespace robust_features {

// An ascent step on perturbations kept as coefficients of the filters, δ = s δ₀ + c W. With D the
// slopes (the gradient is D W), G = W Wᵀ, Q = D G and y = c G, one ball of n coefficients needs
// inner products only:
//   ‖gradient‖² = ⟨D, Q⟩,   ‖δ‖² = ⟨c, y⟩ + 2 s ⟨c, δ₀ Wᵀ⟩ + s² ‖δ₀‖²
struct SpanStep {
  bool normalized;
  double size;
  double radius;
  double farthest;  // the longest step, see kFarthestStep
};

}  // namespace robust_features
