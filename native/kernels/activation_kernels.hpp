#pragma once

#include "kernels/activation_functions.hpp"

// Included by kernel_set.cc alone, like activation_functions.hpp.
namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

constexpr std::size_t kRowsSummedInT = 64;

// Calls body on whole vectors of [0, n) and on the numbers left over.
template <class T, class Body>
void for_lanes(std::size_t n, const Body& body) {
  std::size_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) body(i, Lanes<T>{});
  for (; i < n; ++i) body(i, T{});
}

template <class T>
void activation_values(const Activation<T>& activation, const T* z, T* values, std::size_t n) {
  with_activation(activation, [=](const auto sigma) {
    for_lanes<T>(n, [=](std::size_t i, auto kind) {
      write(values + i, sigma.value(read<decltype(kind)>(z + i)));
    });
  });
}

template <class V, class T>
V at_least(V slope, T surrogate_slope) {
  const V lowest = V{} + surrogate_slope;
  return slope < lowest ? lowest : slope;
}

template <class T>
void activation_slopes(const Activation<T>& activation, T surrogate_slope, const T* z, T* slopes,
                       std::size_t n) {
  with_activation(activation, [=](const auto sigma) {
    for_lanes<T>(n, [=](std::size_t i, auto kind) {
      write(slopes + i, at_least(sigma.slope(read<decltype(kind)>(z + i)), surrogate_slope));
    });
  });
}

// Sums of `Count` neighbouring columns (V = T, Width 1) or vectors of `Width` columns, held in
// registers from row to row.
template <std::size_t Count, std::size_t Width, class V, class T, class Sigma>
void sum_columns(const Sigma& sigma, const T* z, std::size_t rows, std::size_t columns,
                 double* sums) {
  double total[Count * Width] = {};
  for (std::size_t row = 0; row < rows; row += kRowsSummedInT) {
    const std::size_t last = rows - row < kRowsSummedInT ? rows : row + kRowsSummedInT;
    V partial[Count] = {};
    for (std::size_t r = row; r < last; ++r) {
      for (std::size_t c = 0; c < Count; ++c) {
        partial[c] += sigma.value(read<V>(z + r * columns + c * Width));
      }
    }
    T numbers[Count * Width];
    __builtin_memcpy(numbers, partial, sizeof(numbers));
    for (std::size_t c = 0; c < Count * Width; ++c) total[c] += static_cast<double>(numbers[c]);
  }
  for (std::size_t c = 0; c < Count * Width; ++c) sums[c] = total[c];
}

template <class T>
void activation_column_sums(const Activation<T>& activation, const T* z, std::size_t rows,
                            std::size_t columns, double* sums) {
  with_activation(activation, [=](const auto sigma) {
    constexpr std::size_t kWidth = kLanes<T>;
    std::size_t c = 0;
    for (; c + 2 * kWidth <= columns; c += 2 * kWidth) {
      sum_columns<2, kWidth, Lanes<T>>(sigma, z + c, rows, columns, sums + c);
    }
    for (; c + kWidth <= columns; c += kWidth)
      sum_columns<1, kWidth, Lanes<T>>(sigma, z + c, rows, columns, sums + c);
    for (; c < columns; ++c) sum_columns<1, 1, T>(sigma, z + c, rows, columns, sums + c);
  });
}

template <class T>
void residual_slopes(const Activation<T>& activation, T surrogate_slope, const T* residual,
                     const T* z, T* slopes, std::size_t rows, std::size_t columns) {
  with_activation(activation, [=](const auto sigma) {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t first = r * columns;
      for_lanes<T>(columns, [=](std::size_t c, auto kind) {
        const auto u = read<decltype(kind)>(z + first + c);
        write(slopes + first + c,
              at_least(sigma.slope(u), surrogate_slope) * read<decltype(kind)>(residual + c));
      });
    }
  });
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
