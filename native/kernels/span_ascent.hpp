#pragma once

#include <cstddef>

#include "kernels/activation.hpp"

namespace robust_features {

// An ascent step on perturbations kept as coefficients of the filters, δ = s δ₀ + c W. With G = W
// Wᵀ and y = c G the pre-activations are Z + s δ₀ Wᵀ + y, the gradient is D W for slopes D, and
// with Q = D G a ball needs inner products only:
//   ‖gradient‖² = ⟨D, Q⟩,   ‖δ‖² = ⟨c, y⟩ + 2 s ⟨c, δ₀ Wᵀ⟩ + s² ‖δ₀‖²
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
  const T* residual;  // columns, ∂loss/∂F of each filter's class
  T *coefficients, *shift;
  const T* start_image;        // δ₀ Wᵀ, or null: no random start
  const double* start_square;  // ‖δ₀‖² of every ball
  T* start_scale;              // s of every ball
  T *direction, *image;        // scratch
};

}  // namespace robust_features
