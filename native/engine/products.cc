#include "engine/products.hpp"

#include <algorithm>

#include "engine/blas.hpp"

namespace robust_features {

namespace {

// Where our kernels stop being faster than OpenBLAS, see docs/performance.md: they keep whole
// panels in cache instead of cutting them, and have no form for vectors of 128 bits.
constexpr std::size_t kDeepest = 1024;

template <class T>
bool prefers_panels(std::size_t k) {
  return kernel_table<T>().fast_products && k <= kDeepest;
}

}  // namespace

template <class T>
Panels<T>::Panels(std::size_t k, std::size_t n)
    : k_(k), n_(n), numbers_((n + kLanes<T> - 1) / kLanes<T> * kLanes<T> * k) {}

template <class T>
void Panels<T>::pack(const T* b, std::size_t row_stride, std::size_t column_stride) {
  T* out = numbers_.data();
  for (std::size_t first = 0; first < n_;) {
    const std::size_t vectors = next_panel<T>(n_ - first);
    const std::size_t stride = vectors == 0 ? 1 : vectors * kLanes<T>;
    const std::size_t width = std::min(stride, n_ - first);
    for (std::size_t j = 0; j < k_; ++j, out += stride) {
      const T* row = b + j * row_stride + first * column_stride;
      for (std::size_t c = 0; c < width; ++c) out[c] = row[c * column_stride];
    }
    first += width;
  }
}

template <class T>
RightFactor<T>::RightFactor(std::size_t k, std::size_t n, Stored stored)
    : k_(k),
      n_(n),
      stored_(stored),
      by_panels_(prefers_panels<T>(k)),
      panels_(by_panels_ ? k : 0, n) {}

template <class T>
void RightFactor<T>::update(const T* b) {
  b_ = b;
  if (!by_panels_) return;
  if (stored_ == Stored::as_is)
    panels_.pack(b, n_, 1);
  else
    panels_.pack(b, 1, k_);
}

template <class T>
void RightFactor<T>::multiply(std::size_t m, const T* a, std::size_t lda, T* c,
                              std::size_t ldc) const {
  if (by_panels_) {
    kernel_table<T>().multiply_by_panels(m, n_, k_, a, lda, panels_.data(), c, ldc);
  } else if (stored_ == Stored::as_is) {
    blas::product_nn(m, n_, k_, a, lda, b_, c, ldc);
  } else {
    blas::product_nt(m, n_, k_, a, lda, b_, c, ldc);
  }
}

template <class T>
void accumulate_transposed(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                           const T* b, T* c) {
  if (kernel_table<T>().fast_products && n % kLanes<T> == 0)
    kernel_table<T>().accumulate_transposed(m, n, k, a, lda, b, c);
  else
    blas::accumulate_tn(m, n, k, a, lda, b, c);
}

#define ROBUST_FEATURES_INSTANTIATE(T)                                                 \
  template class Panels<T>;                                                            \
  template class RightFactor<T>;                                                       \
  template void accumulate_transposed(std::size_t, std::size_t, std::size_t, const T*, \
                                      std::size_t, const T*, T*);
ROBUST_FEATURES_INSTANTIATE(float)
ROBUST_FEATURES_INSTANTIATE(double)

}  // namespace robust_features
