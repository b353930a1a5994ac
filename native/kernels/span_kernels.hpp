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

// Writes D of one ball and returns its largest magnitude, passing over NaN.
template <class T, class Sigma>
T write_slopes(const Sigma& sigma, const SpanAscent<T>& ascent, const SpanBlock<T>& block,
               const T* preactivations, T* direction) {
  Lanes<T> largest = {};
  for (std::size_t row = 0; row < block.rows_per_ball; ++row) {
    const std::size_t first = row * ascent.columns;
    for_vectors<T>(ascent.columns, [&](std::size_t c) {
      const Lanes<T> slope = at_least(sigma.slope(read<Lanes<T>>(preactivations + first + c)),
                                      ascent.surrogate_slope) *
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
// overflows, whatever G between 1e-28 and 1e28; for the rule that only wants the direction.
template <class T>
void rescale_if_faint(T largest, T* direction, std::size_t n) {
  const bool finite = largest - largest == 0;
  if (largest == 0 || (largest > T(1e-5) && largest < T(1e5)) || !finite) return;
  for (std::size_t i = 0; i < n; ++i) {
    direction[i] = static_cast<T>(static_cast<double>(direction[i]) / static_cast<double>(largest));
  }
}

// f of a step along g; 0 where g has no direction.
template <class T>
double step_factor(const SpanAscent<T>& ascent, double gradient_square) {
  if (!(gradient_square > 0) || gradient_square - gradient_square != 0) return 0;
  const double length = __builtin_sqrt(gradient_square);
  const double wanted = ascent.normalized ? ascent.size : ascent.size * length;
  return (wanted < ascent.farthest ? wanted : ascent.farthest) / length;
}

// Takes the step on one ball.
template <class T>
void move_ball(const SpanBlock<T>& block, std::size_t ball, std::size_t length, T factor,
               T shrink) {
  const std::size_t first = ball * length;
  const T* z = block.z + first;
  const T* direction = block.direction + first;
  const T* image = block.image + first;
  T* coefficients = block.coefficients + first;
  T* shift = block.shift + first;
  T* preactivations = block.preactivations + first;
  const auto move = [=](std::size_t i, Lanes<T> new_coefficients, Lanes<T> new_shift) {
    write(coefficients + i, new_coefficients);
    write(shift + i, new_shift);
    write(preactivations + i, read<Lanes<T>>(z + i) + new_shift);
  };
  if (block.fresh) {
    for_vectors<T>(length, [=](std::size_t i) {
      move(i, factor * read<Lanes<T>>(direction + i), factor * read<Lanes<T>>(image + i));
    });
  } else {
    for_vectors<T>(length, [=](std::size_t i) {
      move(i, shrink * read<Lanes<T>>(coefficients + i) + factor * read<Lanes<T>>(direction + i),
           shrink * read<Lanes<T>>(shift + i) + factor * read<Lanes<T>>(image + i));
    });
  }
  if (block.start_image == nullptr) return;
  block.start_scale[ball] *= shrink;
  const T scale = block.start_scale[ball];
  const T* start_image = block.start_image + first;
  for_vectors<T>(length, [=](std::size_t i) {
    write(preactivations + i,
          read<Lanes<T>>(preactivations + i) + scale * read<Lanes<T>>(start_image + i));
  });
}

// What a ball without direction needs where c, y and U are not in their places yet.
template <class T>
void leave_ball(const SpanBlock<T>& block, std::size_t ball, std::size_t length) {
  const std::size_t first = ball * length;
  for_vectors<T>(length, [&](std::size_t i) {
    if (block.fresh) {
      write(block.coefficients + first + i, Lanes<T>{});
      write(block.shift + first + i, Lanes<T>{});
    }
    write(block.preactivations + first + i, read<Lanes<T>>(block.before + first + i));
  });
}

// Balls whose inner products come first, so that none waits for the square roots of another.
constexpr std::size_t kBallsInGroup = 16;

template <class T>
void move_balls(const SpanAscent<T>& ascent, const SpanBlock<T>& block, std::size_t first_ball,
                std::size_t balls, std::size_t length) {
  double gradient_squares[kBallsInGroup], products[kBallsInGroup];
  double factors[kBallsInGroup], shrinks[kBallsInGroup];
  for (std::size_t b = 0; b < balls; ++b) {
    const std::size_t first = (first_ball + b) * length;
    const T* direction = block.direction + first;
    gradient_squares[b] = inner_product(direction, block.image + first, length);
    products[b] = block.fresh ? 0 : inner_product(direction, block.shift + first, length);
    if (block.start_image == nullptr) continue;
    products[b] += static_cast<double>(block.start_scale[first_ball + b]) *
                   inner_product(direction, block.start_image + first, length);
  }
  const double limit = ascent.radius * ascent.radius;
  for (std::size_t b = 0; b < balls; ++b) {
    const double factor = step_factor(ascent, gradient_squares[b]);
    const double square =
        block.square[first_ball + b] + factor * (2 * products[b] + factor * gradient_squares[b]);
    const bool outside = square > limit;
    shrinks[b] = outside ? ascent.radius / __builtin_sqrt(square) : 1;
    factors[b] = factor * shrinks[b];
    if (factor != 0) block.square[first_ball + b] = outside ? limit : square;
  }
  for (std::size_t b = 0; b < balls; ++b) {
    const std::size_t ball = first_ball + b;
    if (factors[b] == 0)
      leave_ball(block, ball, length);
    else
      move_ball(block, ball, length, static_cast<T>(factors[b]), static_cast<T>(shrinks[b]));
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
      const T largest = write_slopes(sigma, ascent, block, block.before + ball * length, direction);
      moved = moved || largest > 0;
      if (ascent.normalized) rescale_if_faint(largest, direction, length);
    }
  });
  multiply_by_panels(block.rows, ascent.filters, ascent.filters, block.direction, ascent.columns,
                     ascent.gram, block.image, ascent.columns);
  for (std::size_t ball = 0; ball < balls; ball += kBallsInGroup) {
    const std::size_t left = balls - ball;
    move_balls(ascent, block, ball, left < kBallsInGroup ? left : kBallsInGroup, length);
  }
  activation_column_sums(ascent.activation, block.preactivations, block.rows, ascent.columns, sums);
  return moved;
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
