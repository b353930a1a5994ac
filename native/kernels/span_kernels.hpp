#pragma once

#include "kernels/activation_kernels.hpp"
#include "kernels/product_kernels.hpp"
#include "kernels/span_ascent.hpp"

// Included by kernel_set.cc alone, like activation_functions.hpp.
namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

using FourDoubles [[gnu::vector_size(32)]] = double;

// The lanes of a vector as doubles, floats folded in the middle.
inline FourDoubles in_double(Lanes<double> x) { return x; }
inline FourDoubles in_double(Lanes<float> x) {
  using FourFloats [[gnu::vector_size(16)]] = float;
  FourFloats halves[2];
  __builtin_memcpy(halves, &x, sizeof(x));
  return __builtin_convertvector(halves[0], FourDoubles) +
         __builtin_convertvector(halves[1], FourDoubles);
}

// Σ a[i]·b[i] over whole vectors, at most four products of a lane in T and the rest in double: a
// norm near the radius needs the digits.
template <class T>
double inner_product(const T* a, const T* b, std::size_t n) {
  constexpr std::size_t kSegment = 16 * kLanes<T>;
  FourDoubles total = {};
  const auto product = [=](std::size_t i) { return read<Lanes<T>>(a + i) * read<Lanes<T>>(b + i); };
  for (std::size_t first = 0; first < n; first += kSegment) {
    const std::size_t last = n - first < kSegment ? n : first + kSegment;
    Lanes<T> sums[4] = {};
    std::size_t i = first;
    for (; i + 4 * kLanes<T> <= last; i += 4 * kLanes<T>) {
      for (std::size_t s = 0; s < 4; ++s) sums[s] += product(i + s * kLanes<T>);
    }
    for (; i < last; i += kLanes<T>) sums[0] += product(i);
    total += in_double((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
  return (total[0] + total[2]) + (total[1] + total[3]);
}

template <class T, class Body>
void for_vectors(std::size_t n, const Body& body) {
  for (std::size_t i = 0; i < n; i += kLanes<T>) body(i);
}

template <class T>
void add_multiple(T factor, const T* x, T* y, std::size_t n) {
  for_vectors<T>(n, [=](std::size_t i) {
    write(y + i, read<Lanes<T>>(y + i) + factor * read<Lanes<T>>(x + i));
  });
}

template <class T>
void multiply(T factor, T* y, std::size_t n) {
  for_vectors<T>(n, [=](std::size_t i) { write(y + i, factor * read<Lanes<T>>(y + i)); });
}

// The pre-activations of one ball, a vector at a time.
template <class T>
struct Shifted {
  const T *z, *shift, *start_image;
  T start_scale;

  Lanes<T> operator()(std::size_t i) const {
    const Lanes<T> near = read<Lanes<T>>(z + i) + read<Lanes<T>>(shift + i);
    return start_image == nullptr ? near : near + start_scale * read<Lanes<T>>(start_image + i);
  }
};

template <class T>
Shifted<T> shifted(const SpanBlock<T>& block, std::size_t ball, std::size_t length) {
  const std::size_t first = ball * length;
  if (block.start_image == nullptr) return {block.z + first, block.shift + first, nullptr, T(0)};
  return {block.z + first, block.shift + first, block.start_image + first, block.start_scale[ball]};
}

// Writes D of one ball and returns its largest magnitude, passing over NaN.
template <class T, class Sigma>
T write_slopes(const Sigma& sigma, const SpanAscent<T>& ascent, const SpanBlock<T>& block,
               const Shifted<T>& u, T* direction) {
  Lanes<T> largest = {};
  for (std::size_t row = 0; row < block.rows_per_ball; ++row) {
    const std::size_t first = row * ascent.columns;
    for_vectors<T>(ascent.columns, [&](std::size_t c) {
      const Lanes<T> slope = at_least(sigma.slope(u(first + c)), ascent.surrogate_slope) *
                             read<Lanes<T>>(block.residual + c);
      const Lanes<T> magnitude = slope < 0 ? -slope : slope;
      largest = magnitude > largest ? magnitude : largest;
      write(direction + first + c, slope);
    });
  }
  T most = 0;
  for (std::size_t lane = 0; lane < kLanes<T>; ++lane) {
    most = largest[lane] > most ? largest[lane] : most;
  }
  return most;
}

// Brings slopes of very small or large numbers near 1, so that ⟨D, Q⟩ neither vanishes nor
// overflows; for the rule that only wants the direction.
template <class T>
void rescale_if_faint(T largest, T* direction, std::size_t n) {
  const bool finite = largest - largest == 0;
  if (largest == 0 || (largest > T(1e-10) && largest < T(1e10)) || !finite) return;
  for (std::size_t i = 0; i < n; ++i) {
    direction[i] = static_cast<T>(static_cast<double>(direction[i]) / static_cast<double>(largest));
  }
}

// What is done to the balls of a group; arrays, so that no ball waits for the square roots of
// another.
constexpr std::size_t kBallsInGroup = 16;

// factor of c ← c + factor·D; 0 moves nothing.
template <class T>
double step_factor(const SpanAscent<T>& ascent, double gradient_square) {
  if (!(gradient_square > 0) || gradient_square - gradient_square != 0) return 0;
  const double length = __builtin_sqrt(gradient_square);
  const double wanted = ascent.normalized ? ascent.size : ascent.size * length;
  return (wanted < ascent.farthest ? wanted : ascent.farthest) / length;
}

// c ← shrink·(c + factor·D), y ← shrink·(y + factor·Q) and, with a start, s ← shrink·s, for each
// of up to kBallsInGroup balls.
template <class T>
void step_in_balls(const SpanAscent<T>& ascent, const SpanBlock<T>& block, std::size_t first_ball,
                   std::size_t balls, std::size_t length) {
  double squares[kBallsInGroup];
  double factors[kBallsInGroup];
  for (std::size_t b = 0; b < balls; ++b) {
    const std::size_t first = (first_ball + b) * length;
    squares[b] = inner_product(block.direction + first, block.image + first, length);
  }
  for (std::size_t b = 0; b < balls; ++b) factors[b] = step_factor(ascent, squares[b]);
  for (std::size_t b = 0; b < balls; ++b) {
    const std::size_t first = (first_ball + b) * length;
    T* coefficients = block.coefficients + first;
    T* shift = block.shift + first;
    squares[b] = 0;
    if (factors[b] == 0) continue;
    add_multiple(static_cast<T>(factors[b]), block.direction + first, coefficients, length);
    add_multiple(static_cast<T>(factors[b]), block.image + first, shift, length);
    squares[b] = inner_product(coefficients, shift, length);
    if (block.start_image == nullptr) continue;
    const double scale = static_cast<double>(block.start_scale[first_ball + b]);
    squares[b] += scale * (scale * block.start_square[first_ball + b] +
                           2 * inner_product(coefficients, block.start_image + first, length));
  }
  for (std::size_t b = 0; b < balls; ++b) factors[b] = ascent.radius / __builtin_sqrt(squares[b]);
  for (std::size_t b = 0; b < balls; ++b) {
    if (!(squares[b] > ascent.radius * ascent.radius)) continue;
    const std::size_t first = (first_ball + b) * length;
    const T shrink = static_cast<T>(factors[b]);
    multiply(shrink, block.coefficients + first, length);
    multiply(shrink, block.shift + first, length);
    if (block.start_image != nullptr) block.start_scale[first_ball + b] *= shrink;
  }
}

template <class T>
bool span_ascend(const SpanAscent<T>& ascent, const SpanBlock<T>& block, double* sums) {
  const std::size_t length = block.rows_per_ball * ascent.columns;
  const std::size_t balls = block.rows / block.rows_per_ball;
  bool moved = false;
  with_activation(ascent.activation, [&](const auto sigma) {
    for (std::size_t ball = 0; ball < balls; ++ball) {
      T* direction = block.direction + ball * length;
      const T largest = write_slopes(sigma, ascent, block, shifted(block, ball, length), direction);
      moved = moved || largest > 0;
      if (ascent.normalized) rescale_if_faint(largest, direction, length);
    }
  });
  multiply_by_panels(block.rows, ascent.columns, ascent.filters, block.direction, ascent.columns,
                     ascent.gram, block.image, ascent.columns);
  for (std::size_t ball = 0; ball < balls; ball += kBallsInGroup) {
    const std::size_t left = balls - ball;
    step_in_balls(ascent, block, ball, left < kBallsInGroup ? left : kBallsInGroup, length);
  }
  for (std::size_t ball = 0; ball < balls; ++ball) {
    const Shifted<T> u = shifted(block, ball, length);
    T* direction = block.direction + ball * length;
    for_vectors<T>(length, [&](std::size_t i) { write(direction + i, u(i)); });
  }
  activation_column_sums(ascent.activation, block.direction, block.rows, ascent.columns, sums);
  return moved;
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
