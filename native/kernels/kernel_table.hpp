#pragma once

#include <cstddef>

#include "kernels/activation.hpp"
#include "kernels/lanes.hpp"
#include "kernels/span_ascent.hpp"

namespace robust_features {

// How the columns of a right factor are cut into panels: two vectors wide, the last one three where
// that leaves none alone. Returns the vectors of the next panel; 0 where the one or two columns
// left are not worth a vector and stand one by one.
template <class T>
[[gnu::always_inline]] constexpr std::size_t next_panel(std::size_t columns_left) {
  const std::size_t vectors = columns_left / kLanes<T> + (columns_left % kLanes<T> > 2 ? 1 : 0);
  return vectors > 3 ? 2 : vectors;
}

template <class T>
struct SignAscent {
  T size, radius;
  T lower, upper;  // box bounds on the perturbed input, ±infinity for none
};

// One image's numbers of `block` channels: positions × block.
struct Plane {
  std::size_t positions, block;
};

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

  // slopes[r·columns + c] = max(σ′(z), surrogate_slope) · residual[c]
  void (*residual_slopes)(const Activation<T>& activation, T surrogate_slope, const T* residual,
                          const T* z, T* slopes, std::size_t rows, std::size_t columns);

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
  // One ℓ∞ step and what it leads to, in one pass: delta ← clamp(delta + size·sign(gradient),
  // ±radius), held in lower − x … upper − x; perturbed = clamp(x + delta, lower, upper). Returns
  // whether any number of the gradient was not zero.
  bool (*ascend_by_sign)(const SignAscent<T>& ascent, const T* gradient, const T* x, T* delta,
                         T* perturbed, std::size_t n);
  // y ← clamp(y, −bound, bound)
  void (*clamp)(T bound, T* y, std::size_t n);
  // Σ x[i]·y[i] in double, 8 interleaved partial sums
  double (*dot)(const T* x, const T* y, std::size_t n);
  // max |x[i]|, 0 for n = 0; NaN entries are passed over
  T (*largest_magnitude)(const T* x, std::size_t n);
  // Σ (x[i]·factor)², products and sum in double, 8 interleaved partial sums
  double (*sum_of_squares)(const T* x, double factor, std::size_t n);

  // Whether the products below were measured to be worth calling instead of BLAS.
  bool fast_products;
  // C (m×n) = A (m×k) · B, with lda ≥ k and ldc ≥ n. B comes panel by panel (see next_panel): k
  // rows of as many vectors, padded with zeros, then the columns that stand one by one.
  void (*multiply_by_panels)(std::size_t m, std::size_t n, std::size_t k, const T* a,
                             std::size_t lda, const T* panels, T* c, std::size_t ldc);
  // C (m×n) += Aᵀ · B, A is k×m with lda ≥ m, B is k×n and n whole vectors.
  void (*accumulate_transposed)(std::size_t m, std::size_t n, std::size_t k, const T* a,
                                std::size_t lda, const T* b, T* c);

  // One ascent step of a block, D and Q in its scratch. Writes what σ of the new pre-activations
  // adds up to, column by column, and returns whether any slope was not zero.
  bool (*span_ascend)(const SpanAscent<T>& ascent, const SpanBlock<T>& block, double* sums);

  // out = x · y, out = max(x + y, 0), out = x where y > 0 and 0 elsewhere
  void (*multiply)(const T* x, const T* y, T* out, std::size_t n);
  void (*add_rectified)(const T* x, const T* y, T* out, std::size_t n);
  void (*keep_where_positive)(const T* y, const T* x, T* out, std::size_t n);
  // y = x · scale + shift by channel, and no less than 0 where `rectify`
  void (*scale_and_shift)(const Plane& plane, const T* x, const T* scale, const T* shift,
                          bool rectify, T* y);
  // Every channel's mean and Σ (x − mean)²; sums in T over 256 positions at most, then in double.
  void (*channel_moments)(const Plane& plane, const T* x, double* mean, double* deviations);
  // sums += Σ gradient, products += Σ gradient · (x − mean), added up like the moments
  void (*channel_gradient_sums)(const Plane& plane, const T* x, const T* mean, const T* gradient,
                                double* sums, double* products);
  // out = of_x · x + (of_y · y + constant) by channel
  void (*combine_by_channel)(const Plane& plane, const T* x, const T* of_x, const T* y,
                             const T* of_y, const T* constant, T* out);
};

// The table for the best instruction set of this processor, chosen once.
template <class T>
const KernelTable<T>& kernel_table();

const char* kernel_instruction_set();

}  // namespace robust_features
