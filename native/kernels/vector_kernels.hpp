#pragma once

#include "kernels/kernel_table.hpp"

// Included by kernel_set.cc alone, like activation_functions.hpp.
namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

template <class T>
T clamped(T value, T lower, T upper) {
  const T above = value < lower ? lower : value;
  return above > upper ? upper : above;
}

template <class T>
void add(const T* x, const T* delta, T* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) out[i] = x[i] + delta[i];
}

template <class T>
void add_clamped(const T* x, const T* delta, T lower, T upper, T* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) out[i] = clamped(x[i] + delta[i], lower, upper);
}

template <class T>
void clip_to_box(const T* x, T lower, T upper, T* delta, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) delta[i] = clamped(delta[i], lower - x[i], upper - x[i]);
}

template <class T>
void add_scaled(T a, const T* x, T* y, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) y[i] += a * x[i];
}

template <class T>
void scale(T a, T* y, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) y[i] *= a;
}

template <class T>
void add_sign(T a, const T* x, T* y, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) {
    const T step = x[i] > 0 ? a : (x[i] < 0 ? -a : T(0));
    y[i] += step;
  }
}

template <class T>
void clamp(T bound, T* y, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) y[i] = clamped(y[i], -bound, bound);
}

template <class T>
bool ascend_by_sign(const SignAscent<T>& ascent, const T* gradient, const T* x, T* delta,
                    T* perturbed, std::size_t n) {
  T largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < n; ++i) {
    const T g = gradient[i];
    const T magnitude = g < 0 ? -g : g;
    largest = magnitude > largest ? magnitude : largest;
    const T step = g > 0 ? ascent.size : (g < 0 ? -ascent.size : T(0));
    const T inside = clamped(delta[i] + step, -ascent.radius, ascent.radius);
    const T boxed = clamped(inside, ascent.lower - x[i], ascent.upper - x[i]);
    delta[i] = boxed;
    perturbed[i] = clamped(x[i] + boxed, ascent.lower, ascent.upper);
  }
  return largest > 0;
}

template <class T>
T largest_magnitude(const T* x, std::size_t n) {
  T largest = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < n; ++i) {
    const T magnitude = x[i] < 0 ? -x[i] : x[i];
    largest = magnitude > largest ? magnitude : largest;  // false for NaN
  }
  return largest;
}

// Σ term(i) in double over 8 interleaved partial sums, added up in a fixed order.
template <class Term>
double interleaved_sum(std::size_t n, const Term& term) {
  constexpr std::size_t kSums = 8;
  double lanes[kSums] = {};
  std::size_t i = 0;
  for (; i + kSums <= n; i += kSums) {
#pragma omp simd
    for (std::size_t lane = 0; lane < kSums; ++lane) lanes[lane] += term(i + lane);
  }
  for (std::size_t lane = 0; i < n; ++i, ++lane) lanes[lane] += term(i);
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
         ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

template <class T>
double dot(const T* x, const T* y, std::size_t n) {
  return interleaved_sum(
      n, [=](std::size_t i) { return static_cast<double>(x[i]) * static_cast<double>(y[i]); });
}

template <class T>
double sum_of_squares(const T* x, double factor, std::size_t n) {
  return interleaved_sum(n, [=](std::size_t i) {
    const double scaled = static_cast<double>(x[i]) * factor;
    return scaled * scaled;
  });
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
