#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/kernel_table.hpp"

namespace robust_features {

enum class Norm : std::uint8_t { l2, linf };
enum class Rule : std::uint8_t { gradient, normalized };

// Euclidean norm in double. float32 squares cannot leave the range of double; float64 is scaled by
// its largest magnitude first, so that 1e-200 neither vanishes nor overflows.
template <class T>
double l2_norm(const T* x, std::size_t n) {
  const KernelTable<T>& kernels = kernel_table<T>();
  if constexpr (sizeof(T) == 4) {
    return std::sqrt(kernels.sum_of_squares(x, 1.0, n));
  } else {
    const double largest = kernels.largest_magnitude(x, n);
    // Below the smallest normal number 1/largest overflows; such a vector has no usable direction.
    if (!(largest >= std::numeric_limits<double>::min()) || !std::isfinite(largest)) return largest;
    return largest * std::sqrt(kernels.sum_of_squares(x, 1.0 / largest, n));
  }
}

template <class T>
double ball_norm(Norm norm, const T* x, std::size_t n) {
  return norm == Norm::l2 ? l2_norm(x, n)
                          : static_cast<double>(kernel_table<T>().largest_magnitude(x, n));
}

// The largest T that is not above the radius.
template <class T>
T radius_rounded_down(double radius) {
  const T rounded = static_cast<T>(radius);
  return static_cast<double>(rounded) > radius ? std::nextafter(rounded, T(0)) : rounded;
}

// x ← the nearest point of the ball; points inside are not touched. Rescaling aims a few units in
// the last place below the radius, so that rounding never leaves the ball and a second projection
// does nothing.
template <class T>
void project_to_ball(Norm norm, double radius, T* x, std::size_t n) {
  const KernelTable<T>& kernels = kernel_table<T>();
  if (norm == Norm::linf) return kernels.clamp(radius_rounded_down<T>(radius), x, n);
  const double length = l2_norm(x, n);
  if (!(length > radius)) return;
  constexpr double kInside =
      1.0 - (sizeof(T) == 4 ? 4 : 16) * static_cast<double>(std::numeric_limits<T>::epsilon());
  kernels.scale(static_cast<T>(radius / length * kInside), x, n);
}

// Steps longer than this many radii end where a step of this length ends, to the last bit but one,
// and would overflow.
template <class T>
constexpr double kFarthestStep = 1.0 / (static_cast<double>(std::numeric_limits<T>::epsilon()) *
                                        static_cast<double>(std::numeric_limits<T>::epsilon()));

// What ascend_in_ball does for the normalized rule and ℓ∞.
template <class T>
SignAscent<T> sign_ascent(double step_size, double radius, double lower, double upper) {
  return {static_cast<T>(std::min(step_size, kFarthestStep<T> * radius)),
          radius_rounded_down<T>(radius), static_cast<T>(lower), static_cast<T>(upper)};
}

// perturbation ← Π(perturbation + step), step = η g (gradient), η g/‖g‖₂ (normalized, ℓ2) or η
// sign(g) (normalized, ℓ∞). A zero or non-finite gradient moves nothing. Radii up to 1e15.
template <class T>
void ascend_in_ball(Rule rule, Norm norm, double radius, double step_size, const T* gradient,
                    T* perturbation, std::size_t n) {
  const KernelTable<T>& kernels = kernel_table<T>();
  const double farthest = kFarthestStep<T> * radius;
  if (rule == Rule::normalized && norm == Norm::linf) {
    kernels.add_sign(static_cast<T>(std::min(step_size, farthest)), gradient, perturbation, n);
    return project_to_ball(norm, radius, perturbation, n);
  }
  const double length = ball_norm(norm, gradient, n);
  // The largest magnitude passes NaN over; 0 · x is 0 for finite x alone.
  const bool usable = length > 0 && std::isfinite(length) &&
                      (norm == Norm::l2 || kernels.sum_of_squares(gradient, 0.0, n) == 0);
  if (usable) {
    const double wanted = rule == Rule::normalized ? step_size : step_size * length;
    const double moved = std::min(wanted, farthest);
    const double factor = moved / length;
    if (factor <= static_cast<double>(std::numeric_limits<T>::max())) {
      kernels.add_scaled(static_cast<T>(factor), gradient, perturbation, n);
    } else {
      // The factor itself overflows T: multiply element by element in double.
      for (std::size_t i = 0; i < n; ++i) {
        perturbation[i] += static_cast<T>(static_cast<double>(gradient[i]) / length * moved);
      }
    }
  }
  project_to_ball(norm, radius, perturbation, n);
}

}  // namespace robust_features
