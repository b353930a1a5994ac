#pragma once

#include "kernels/activation_functions.hpp"
#include "kernels/span_step.hpp"

// Included by kernel_set.cc alone, like activation_functions.hpp.
namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

template <class T>
struct DoubleLanesOf {
  using Type [[gnu::vector_size(32)]] = double;
};
template <>
struct DoubleLanesOf<float> {
  using Type [[gnu::vector_size(64)]] = double;
};

// Σ a[i]·b[i] over whole vectors, in double: short sums in T lose the digits that a norm near the
// radius needs.
template <class T>
double inner_product(const T* a, const T* b, std::size_t n) {
  using DoubleLanes = typename DoubleLanesOf<T>::Type;
  DoubleLanes sums = {};
  std::size_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) {
    sums += __builtin_convertvector(read<Lanes<T>>(a + i), DoubleLanes) *
            __builtin_convertvector(read<Lanes<T>>(b + i), DoubleLanes);
  }
  double total = 0;
  for (; i < n; ++i) total += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  for (std::size_t lane = 0; lane < kLanes<T>; ++lane) total += sums[lane];
  return total;
}

template <class T>
void add_multiple(T factor, const T* x, T* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) {
    write(y + i, read<Lanes<T>>(y + i) + factor * read<Lanes<T>>(x + i));
  }
  for (; i < n; ++i) y[i] += factor * x[i];
}

template <class T>
void multiply(T factor, T* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) write(y + i, factor * read<Lanes<T>>(y + i));
  for (; i < n; ++i) y[i] *= factor;
}

template <class T>
void span_step(const SpanStep& step, const T* direction, const T* image, const T* start_image,
               double start_square, T* start_scale, T* coefficients, T* shift, std::size_t n) {
  const double gradient_square = inner_product(direction, image, n);
  if (!(gradient_square > 0) || gradient_square - gradient_square != 0) return;
  const double length = __builtin_sqrt(gradient_square);
  const double wanted = step.normalized ? step.size : step.size * length;
  const double factor = (wanted < step.farthest ? wanted : step.farthest) / length;
  add_multiple(static_cast<T>(factor), direction, coefficients, n);
  add_multiple(static_cast<T>(factor), image, shift, n);
  double square = inner_product(coefficients, shift, n);
  if (start_image != nullptr) {
    const double scale = static_cast<double>(*start_scale);
    square += scale * (scale * start_square + 2 * inner_product(coefficients, start_image, n));
  }
  if (!(square > step.radius * step.radius)) return;
  const T shrink = static_cast<T>(step.radius / __builtin_sqrt(square));
  multiply(shrink, coefficients, n);
  multiply(shrink, shift, n);
  if (start_image != nullptr) *start_scale *= shrink;
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
