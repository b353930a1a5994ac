#pragma once

#include "kernels/activation_functions.hpp"
#include "kernels/kernel_table.hpp"

// Included by kernel_set.cc alone, like activation_functions.hpp.
namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

// Rows of a product held in registers beside one, two or three vectors: 12 sums fill 16 registers
// of 256 bits or 32 of 128 bits.
#if defined(__AVX2__) || defined(__aarch64__)
constexpr int kRowsBeside[] = {0, 8, 6, 4};
#else
constexpr int kRowsBeside[] = {0, 4, 2, 1};
#endif

#if defined(__AVX2__)
constexpr bool kFastProducts = true;
#else
constexpr bool kFastProducts = false;
#endif

// Rows of both factors of Aᵀ B whose part of a panel stays in the first-level cache.
constexpr std::size_t kDepthInCache = 128;

// Bytes of the rows of A that stay there while all panels of B pass by.
constexpr std::size_t kRowBytesInCache = 16384;
constexpr std::size_t kFewestRows = 8;

constexpr std::size_t kCacheLine = 64;

// Fetches what the next rows need while these are multiplied, a few lines at a time: rows are too
// short for the processor to see by itself where the next ones lie.
struct Prefetcher {
  const char* next;
  const char* end;
  std::size_t lines_at_a_time;

  void fetch() {
    for (std::size_t i = 0; i < lines_at_a_time && next < end; ++i, next += kCacheLine)
      __builtin_prefetch(next, 0, 2);
  }
};

// Where a tile of a product comes from and goes to. left(r, j) is left[r·left_stride + j], or
// left[j·left_stride + r] where the left factor is transposed.
template <class T>
struct ProductTile {
  const T* left;
  std::size_t left_stride;
  std::size_t depth;
  const T* right;  // depth × vectors
  std::size_t right_stride;
  T* out;
  std::size_t out_stride;
  std::size_t width;  // numbers of a row of `out`, at most the vectors
  Prefetcher* prefetcher = nullptr;
};

// What a product does with its result, and how the left factor is stored.
enum class Form { assign, accumulate_transposed };

template <Form F, int Rows, int Vectors, class T>
void multiply_tile(const ProductTile<T>& tile) {
  Lanes<T> sums[Rows][Vectors] = {};
  const T* right = tile.right;
  constexpr std::size_t kStretch = kCacheLine / sizeof(T);
  for (std::size_t first = 0; first < tile.depth; first += kStretch) {
    const std::size_t left = tile.depth - first;
    const std::size_t last = left < kStretch ? tile.depth : first + kStretch;
    if (tile.prefetcher != nullptr) tile.prefetcher->fetch();
    for (std::size_t j = first; j < last; ++j, right += tile.right_stride) {
      Lanes<T> factors[Vectors];
      for (int v = 0; v < Vectors; ++v) factors[v] = read<Lanes<T>>(right + v * kLanes<T>);
      for (int r = 0; r < Rows; ++r) {
        const T factor = F == Form::assign ? tile.left[r * tile.left_stride + j]
                                           : tile.left[j * tile.left_stride + r];
        for (int v = 0; v < Vectors; ++v) sums[r][v] += factor * factors[v];
      }
    }
  }
  T* out = tile.out;
  for (int r = 0; r < Rows; ++r, out += tile.out_stride) {
    if constexpr (F == Form::accumulate_transposed) {
      for (int v = 0; v < Vectors; ++v) {
        write(out + v * kLanes<T>, read<Lanes<T>>(out + v * kLanes<T>) + sums[r][v]);
      }
    } else if (tile.width == Vectors * kLanes<T>) {
      for (int v = 0; v < Vectors; ++v) write(out + v * kLanes<T>, sums[r][v]);
    } else {
      T numbers[Vectors * kLanes<T>];
      __builtin_memcpy(numbers, sums[r], sizeof(numbers));
      for (std::size_t c = 0; c < tile.width; ++c) out[c] = numbers[c];
    }
  }
}

// The same for 1 … Rows rows.
template <Form F, int Rows, int Vectors, class T>
void multiply_rows(std::size_t rows, const ProductTile<T>& tile) {
  if (rows == Rows) return multiply_tile<F, Rows, Vectors>(tile);
  if constexpr (Rows > 1) multiply_rows<F, Rows - 1, Vectors>(rows, tile);
}

// All rows of one panel, in tiles as alike as can be.
template <Form F, int Vectors, class T>
void multiply_panel(std::size_t rows, std::size_t left_step, ProductTile<T> tile) {
  constexpr std::size_t kRows = kRowsBeside[Vectors];
  const std::size_t tiles = (rows + kRows - 1) / kRows;
  for (std::size_t t = 0, first = 0; t < tiles; ++t) {
    const std::size_t last = (t + 1) * rows / tiles;
    multiply_rows<F, kRows, Vectors>(last - first, tile);
    tile.left += (last - first) * left_step;
    tile.out += (last - first) * tile.out_stride;
    first = last;
  }
}

template <Form F, class T>
void multiply_panel(std::size_t vectors, std::size_t rows, std::size_t left_step,
                    const ProductTile<T>& tile) {
  if (vectors == 1) return multiply_panel<F, 1>(rows, left_step, tile);
  if (vectors == 2) return multiply_panel<F, 2>(rows, left_step, tile);
  multiply_panel<F, 3>(rows, left_step, tile);
}

// out[r · out_stride] = Σ_j left[r · left_stride + j] · right[j] for Rows rows.
template <int Rows, class T>
void multiply_by_column(const T* left, std::size_t left_stride, std::size_t depth, const T* right,
                        T* out, std::size_t out_stride) {
  Lanes<T> sums[Rows] = {};
  std::size_t j = 0;
  for (; j + kLanes<T> <= depth; j += kLanes<T>) {
    const Lanes<T> factors = read<Lanes<T>>(right + j);
    for (int r = 0; r < Rows; ++r) sums[r] += read<Lanes<T>>(left + r * left_stride + j) * factors;
  }
  for (int r = 0; r < Rows; ++r) {
    T sum = 0;
    for (std::size_t rest = j; rest < depth; ++rest)
      sum += left[r * left_stride + rest] * right[rest];
    for (std::size_t lane = 0; lane < kLanes<T>; ++lane) sum += sums[r][lane];
    out[r * out_stride] = sum;
  }
}

// All panels on a few rows.
template <class T>
void multiply_few_rows(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                       const T* panels, T* c, std::size_t ldc, Prefetcher& prefetcher) {
  std::size_t column = 0;
  for (std::size_t vectors; (vectors = next_panel<T>(n - column)) > 0;) {
    const std::size_t width = vectors * kLanes<T>;
    const std::size_t left = n - column;
    const std::size_t written = left < width ? left : width;
    multiply_panel<Form::assign>(
        vectors, m, lda,
        ProductTile<T>{a, lda, k, panels, width, c + column, ldc, written, &prefetcher});
    panels += k * width;
    column += written;
  }
  for (; column < n; ++column, panels += k) {
    std::size_t row = 0;
    for (; row + kFewestRows <= m; row += kFewestRows)
      multiply_by_column<kFewestRows>(a + row * lda, lda, k, panels, c + row * ldc + column, ldc);
    for (; row < m; ++row)
      multiply_by_column<1>(a + row * lda, lda, k, panels, c + row * ldc + column, ldc);
  }
}

template <class T>
void multiply_by_panels(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                        const T* panels, T* c, std::size_t ldc) {
  const std::size_t fitting = kRowBytesInCache / sizeof(T) / (k == 0 ? 1 : k);
  const std::size_t rows =
      fitting < kFewestRows ? kFewestRows : fitting / kFewestRows * kFewestRows;
  // A tile is some 6 × 16 numbers of C and fetches once per line of a row of A.
  const std::size_t lines_at_a_time = 1 + 6 * 16 / (n + 1);
  for (std::size_t first = 0; first < m; first += rows) {
    const std::size_t left = m - first;
    // What follows the last rows is most often the next tile; a fetch beyond memory does nothing.
    const auto* next = reinterpret_cast<const char*>(a + (first + rows) * lda);
    Prefetcher prefetcher{next, next + rows * lda * sizeof(T), lines_at_a_time};
    multiply_few_rows(left < rows ? left : rows, n, k, a + first * lda, lda, panels,
                      c + first * ldc, ldc, prefetcher);
  }
}

template <class T>
void accumulate_transposed(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                           const T* b, T* c) {
  for (std::size_t row = 0; row < k; row += kDepthInCache) {
    const std::size_t depth = k - row < kDepthInCache ? k - row : kDepthInCache;
    for (std::size_t column = 0; column < n;) {
      const std::size_t vectors = next_panel<T>(n - column);
      multiply_panel<Form::accumulate_transposed>(
          vectors, m, 1,
          ProductTile<T>{a + row * lda, lda, depth, b + row * n + column, n, c + column, n,
                         vectors * kLanes<T>});
      column += vectors * kLanes<T>;
    }
  }
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
