#include "engine/blas.hpp"

#include <cblas.h>

#include <limits>
#include <stdexcept>
#include <type_traits>

namespace robust_features::blas {

namespace {

blasint checked(std::size_t value) {
  if (value > static_cast<std::size_t>(std::numeric_limits<blasint>::max())) {
    throw std::length_error("a matrix dimension exceeds what BLAS accepts");
  }
  return static_cast<blasint>(value);
}

template <class T>
void gemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, std::size_t m, std::size_t n,
          std::size_t k, const T* a, std::size_t lda, const T* b, std::size_t ldb, T beta, T* c,
          std::size_t ldc) {
  if (m == 0 || n == 0) return;
  const auto call = [&](auto function) {
    function(CblasRowMajor, transpose_a, transpose_b, checked(m), checked(n), checked(k), T(1), a,
             checked(lda), b, checked(ldb), beta, c, checked(ldc));
  };
  if constexpr (std::is_same_v<T, float>)
    call(cblas_sgemm);
  else
    call(cblas_dgemm);
}

// BLAS wants leading dimensions of at least 1 even for empty matrices.
std::size_t leading(std::size_t columns) { return columns == 0 ? 1 : columns; }

}  // namespace

template <class T>
void product_nt(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                const T* b, T* c, std::size_t ldc) {
  gemm<T>(CblasNoTrans, CblasTrans, m, n, k, a, leading(lda), b, leading(k), T(0), c, leading(ldc));
}

template <class T>
void product_nn(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                const T* b, T* c, std::size_t ldc) {
  gemm<T>(CblasNoTrans, CblasNoTrans, m, n, k, a, leading(lda), b, leading(n), T(0), c,
          leading(ldc));
}

template <class T>
void accumulate_nn(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                   const T* b, T* c) {
  gemm<T>(CblasNoTrans, CblasNoTrans, m, n, k, a, leading(lda), b, leading(n), T(1), c, leading(n));
}

template <class T>
void accumulate_tn(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                   const T* b, T* c) {
  gemm<T>(CblasTrans, CblasNoTrans, m, n, k, a, leading(lda), b, leading(n), T(1), c, leading(n));
}

void hold_at_one_thread() { openblas_set_num_threads(1); }

std::string version() {
  // "OpenBLAS 0.3.21 DYNAMIC_ARCH …": the second word is the version.
  std::string config = openblas_get_config();
  const std::size_t first = config.find(' ');
  if (first == std::string::npos) return config;
  return config.substr(first + 1, config.find(' ', first + 1) - first - 1);
}

std::string kernel() { return openblas_get_corename(); }

int threads() { return openblas_get_num_threads(); }

#define ROBUST_FEATURES_INSTANTIATE(T)                                                             \
  template void product_nt(std::size_t, std::size_t, std::size_t, const T*, std::size_t, const T*, \
                           T*, std::size_t);                                                       \
  template void product_nn(std::size_t, std::size_t, std::size_t, const T*, std::size_t, const T*, \
                           T*, std::size_t);                                                       \
  template void accumulate_nn(std::size_t, std::size_t, std::size_t, const T*, std::size_t,        \
                              const T*, T*);                                                       \
  template void accumulate_tn(std::size_t, std::size_t, std::size_t, const T*, std::size_t,        \
                              const T*, T*);
ROBUST_FEATURES_INSTANTIATE(float)
ROBUST_FEATURES_INSTANTIATE(double)

}  // namespace robust_features::blas
