#pragma once

#include "kernels/kernel_table.hpp"

// Included by kernel_set.cc alone, like activation_functions.hpp.
namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

template <class T>
void multiply(const T* x, const T* y, T* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) out[i] = x[i] * y[i];
}

template <class T>
void add_rectified(const T* x, const T* y, T* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) {
    const T sum = x[i] + y[i];
    out[i] = sum < 0 ? T(0) : sum;  // NaN stays
  }
}

template <class T>
void keep_where_positive(const T* y, const T* x, T* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) out[i] = y[i] > 0 ? x[i] : T(0);
}

// A plane's inner loop has a length known to the compiler for the blocks that convolutions choose.
template <class Body>
void with_block(std::size_t block, const Body& body) {
  if (block == 16) {
    body([] { return std::size_t{16}; });
  } else if (block == 8) {
    body([] { return std::size_t{8}; });
  } else {
    body([block] { return block; });
  }
}

template <class T>
void scale_and_shift(const Plane& plane, const T* x, const T* scale, const T* shift, bool rectify,
                     T* y) {
  const T lowest = rectify ? T(0) : -__builtin_huge_val();
  with_block(plane.block, [&](auto length) {
    for (std::size_t s = 0; s < plane.positions; ++s) {
      const std::size_t at = s * length();
#pragma omp simd
      for (std::size_t b = 0; b < length(); ++b) {
        const T value = x[at + b] * scale[b] + shift[b];
        y[at + b] = value < lowest ? lowest : value;
      }
    }
  });
}

// Longer runs are added up in double, so that float sums stay short.
constexpr std::size_t kRun = 256;

template <class T>
void channel_moments(const Plane& plane, const T* x, double* mean, double* deviations) {
  with_block(plane.block, [&](auto length) {
    for (std::size_t first = 0; first < length(); first += 16) {
      const std::size_t lanes = length() - first < 16 ? length() - first : 16;
      double sums[16] = {};
      for (std::size_t s = 0; s < plane.positions; s += kRun) {
        const std::size_t end = s + kRun < plane.positions ? s + kRun : plane.positions;
        T run[16] = {};
        for (std::size_t i = s; i < end; ++i) {
#pragma omp simd
          for (std::size_t b = 0; b < lanes; ++b) run[b] += x[i * length() + first + b];
        }
        for (std::size_t b = 0; b < lanes; ++b) sums[b] += static_cast<double>(run[b]);
      }
      T centre[16] = {};
      for (std::size_t b = 0; b < lanes; ++b) {
        mean[first + b] = sums[b] / static_cast<double>(plane.positions);
        centre[b] = static_cast<T>(mean[first + b]);
        sums[b] = 0;
      }
      for (std::size_t s = 0; s < plane.positions; s += kRun) {
        const std::size_t end = s + kRun < plane.positions ? s + kRun : plane.positions;
        T run[16] = {};
        for (std::size_t i = s; i < end; ++i) {
#pragma omp simd
          for (std::size_t b = 0; b < lanes; ++b) {
            const T away = x[i * length() + first + b] - centre[b];
            run[b] += away * away;
          }
        }
        for (std::size_t b = 0; b < lanes; ++b) sums[b] += static_cast<double>(run[b]);
      }
      for (std::size_t b = 0; b < lanes; ++b) deviations[first + b] = sums[b];
    }
  });
}

template <class T>
void channel_gradient_sums(const Plane& plane, const T* x, const T* mean, const T* gradient,
                           double* sums, double* products) {
  with_block(plane.block, [&](auto length) {
    for (std::size_t first = 0; first < length(); first += 16) {
      const std::size_t lanes = length() - first < 16 ? length() - first : 16;
      for (std::size_t s = 0; s < plane.positions; s += kRun) {
        const std::size_t end = s + kRun < plane.positions ? s + kRun : plane.positions;
        T sum[16] = {}, product[16] = {};
        for (std::size_t i = s; i < end; ++i) {
          const std::size_t at = i * length() + first;
#pragma omp simd
          for (std::size_t b = 0; b < lanes; ++b) {
            sum[b] += gradient[at + b];
            product[b] += gradient[at + b] * (x[at + b] - mean[first + b]);
          }
        }
        for (std::size_t b = 0; b < lanes; ++b) {
          sums[first + b] += static_cast<double>(sum[b]);
          products[first + b] += static_cast<double>(product[b]);
        }
      }
    }
  });
}

template <class T>
void combine_by_channel(const Plane& plane, const T* x, const T* of_x, const T* y, const T* of_y,
                        const T* constant, T* out) {
  with_block(plane.block, [&](auto length) {
    for (std::size_t s = 0; s < plane.positions; ++s) {
      const std::size_t at = s * length();
#pragma omp simd
      for (std::size_t b = 0; b < length(); ++b) {
        out[at + b] = of_x[b] * x[at + b] + (of_y[b] * y[at + b] + constant[b]);
      }
    }
  });
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
