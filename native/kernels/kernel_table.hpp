#pragma once

#include <cstddef>

#include "kernels/activation.hpp"
#include "kernels/span_step.hpp"

namespace robust_features {

// The element-wise kernels, one table per instruction set and element type. They allocate nothing,
// accept any alignment and n = 0, and arrays must not overlap unless they are the same array.
template <class T>
struct KernelTable {
  // values[i] = σ(z[i])
  void (*activation_values)(const Activation<T>& activation, const T* z, T* values, std::size_t n);
  // slopes[i] = max(σ′(z[i]), surrogate_slope)
  void (*activation_slopes)(const Activation<T>& activation, T surrogate_slope, const T* z,
                            T* slopes, std::size_t n);

  // sums[c] = Σ_r σ(z[r·columns + c]); at most 64 rows are added in T, the rest in double.
  void (*activation_column_sums)(const Activation<T>& activation, const T* z, std::size_t rows,
                                 std::size_t columns, double* sums);

  // z[r·columns + c] ← max(σ′(z), surrogate_slope) · residual[c]
  void (*residual_slopes)(const Activation<T>& activation, T surrogate_slope, const T* residual,
                          T* z, std::size_t rows, std::size_t columns);

  // out = x + delta
  void (*add)(const T* x, const T* delta, T* out, std::size_t n);
  // out = clamp(x + delta, lower, upper)
  void (*add_clamped)(const T* x, const T* delta, T lower, T upper, T* out, std::size_t n);
  // delta ← clamp(delta, lower − x, upper − x)
  void (*clip_to_box)(const T* x, T lower, T upper, T* delta, std::size_t n);
  // y ← y + a·x
  void (*add_scaled)(T a, const T* x, T* y, std::size_t n);
  // y ← a·y
  void (*scale)(T a, T* y, std::size_t n);
  // y ← y + a·sign(x), with sign(0) = 0
  void (*add_sign)(T a, const T* x, T* y, std::size_t n);
  // y ← clamp(y, −bound, bound)
  void (*clamp)(T bound, T* y, std::size_t n);
  // Σ x[i]·y[i] in double, 8 interleaved partial sums
  double (*dot)(const T* x, const T* y, std::size_t n);
  // max |x[i]|, 0 for n = 0; NaN entries are passed over
  T (*largest_magnitude)(const T* x, std::size_t n);
  // Σ (x[i]·factor)², products and sum in double, 8 interleaved partial sums
  double (*sum_of_squares)(const T* x, double factor, std::size_t n);

  // One step and projection of SpanStep on one ball: c ← shrink·(c + factor·D), y ← shrink·(y +
  // factor·Q) and, where there is a start (start_image = δ₀ Wᵀ, else null), s ← shrink·s.
  void (*span_step)(const SpanStep& step, const T* direction, const T* image, const T* start_image,
                    double start_square, T* start_scale, T* coefficients, T* shift, std::size_t n);
};

// The table for the best instruction set of this processor, chosen once.
template <class T>
const KernelTable<T>& kernel_table();

const char* kernel_instruction_set();

}  // namespace robust_features
