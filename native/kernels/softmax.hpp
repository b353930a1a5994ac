#pragma once

#include <cstdint>
#include <span>

namespace robust_features {

enum class LossKind : std::uint8_t { cross_entropy, margin };

// loss, and ∂loss/∂scores = scale · direction in two parts, so that a normalised attack sees the
// direction where the scale underflows (margins beyond 88 in float32).
struct Residual {
  double loss;
  double scale;
  double margin;  // F_y − max_{j≠y} F_j
};

// cross_entropy: M = max_{j≠y} F_j, L = log Σ_i e^{F_i}: direction_j = e^{F_j − M} (j ≠ y), scale =
// e^{M − L} margin:        loss = −margin, direction = 1 at the lowest-index maximiser of F_j (j ≠
// y), scale = 1 Both: direction_y = −Σ_{j≠y} direction_j, never p_y − 1, which cancels in finite
// precision. Preconditions: scores.size() = direction.size() ≥ 2, label < scores.size().
Residual residual(LossKind kind, std::span<const double> scores, std::size_t label,
                  std::span<double> direction);

}  // namespace robust_features
