// Compiled once per instruction set (see CMakeLists.txt). Everything here lives in a namespace of
// that name and calls nothing from the standard library: an inline function compiled for AVX2 and
// merged by the linker would otherwise reach processors without it.
#include "kernels/activation_functions.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/span_functions.hpp"

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
void residual_slopes(const Activation<T>& activation, T surrogate_slope, const T* residual, T* z,
                     std::size_t rows, std::size_t columns) {
  with_activation(activation, [=](const auto sigma) {
    for (std::size_t r = 0; r < rows; ++r) {
      T* row = z + r * columns;
      for_lanes<T>(columns, [=](std::size_t c, auto kind) {
        write(row + c, at_least(sigma.slope(read<decltype(kind)>(row + c)), surrogate_slope) *
                           read<decltype(kind)>(residual + c));
      });
    }
  });
}

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
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma omp simd
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
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

template <class T>
constexpr KernelTable<T> make_table() {
  return {activation_values<T>,
          activation_slopes<T>,
          activation_column_sums<T>,
          residual_slopes<T>,
          add<T>,
          add_clamped<T>,
          clip_to_box<T>,
          add_scaled<T>,
          scale<T>,
          add_sign<T>,
          clamp<T>,
          dot<T>,
          largest_magnitude<T>,
          sum_of_squares<T>,
          span_step<T>};
}

}  // namespace

extern const KernelTable<float> table_f32;
extern const KernelTable<double> table_f64;
constexpr KernelTable<float> table_f32 = make_table<float>();
constexpr KernelTable<double> table_f64 = make_table<double>();

}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
