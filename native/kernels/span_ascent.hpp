#pragma once

#include <cstddef>

#include "kernels/activation.hpp"

namespace robust_features {

// An ascent step on perturbations kept as coefficients of the filters, δ = s δ₀ + c W. With G = W
// Wᵀ and y = c G the pre-activations are U = Z + s δ₀ Wᵀ + y, the gradient is g = D W for slopes D,
// and with Q = D G a step f of one ball, projected by `shrink`, needs inner products only:
//   ‖g‖² = ⟨D, Q⟩,   ⟨δ, g⟩ = ⟨D, y + s δ₀ Wᵀ⟩,   ‖δ + f g‖² = ‖δ‖² + 2 f ⟨δ, g⟩ + f² ‖g‖²
//   c ← shrink (c + f D),   y ← shrink (y + f Q),   s ← shrink s
// What all blocks of a sample share:
template <class T>
struct SpanAscent {
  Activation<T> activation;
  T surrogate_slope;
  bool normalized;
  double size, radius;
  double farthest;  // the longest step, see kFarthestStep
  std::size_t filters;
  std::size_t columns;  // length of a row: filters padded with zeros to whole vectors
  const T* gram;        // panels of G, see KernelTable::multiply_by_panels
};

// Rows of a sample that are whole balls, each array rows × columns.
template <class T>
struct SpanBlock {
  std::size_t rows, rows_per_ball;
  const T* z;
  const T* residual;                         // columns, ∂loss/∂F of each filter's class
  const T* before;                           // U before the step
  T *preactivations, *coefficients, *shift;  // U after it, c and y
  bool fresh;                                // c and y are 0, whatever stands there
  double* square;                            // ‖δ‖² of every ball
  const T* start_image;                      // δ₀ Wᵀ, or null: no random start
  T* start_scale;                            // s of every ball
  T *direction, *image;                      // scratch: D and Q
};

}  // namespace robust_features
