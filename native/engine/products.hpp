#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/aligned_buffer.hpp"
#include "kernels/kernel_table.hpp"

namespace robust_features {

// Panels of B (k×n) for KernelTable::multiply_by_panels.
template <class T>
class Panels {
 public:
  Panels(std::size_t k, std::size_t n);

  // B(j, c) = b[j · row_stride + c · column_stride]
  void pack(const T* b, std::size_t row_stride, std::size_t column_stride);
  const T* data() const { return numbers_.data(); }

 private:
  std::size_t k_, n_;
  AlignedBuffer<T> numbers_;
};

// The right factor of a matrix product that is done many times, with our own kernels or BLAS,
// whichever was measured to be faster for its shape. A view: the matrix must outlive it.
template <class T>
class RightFactor {
 public:
  enum class Stored : std::uint8_t { as_is, transposed };

  // B is k×n, stored as it is (k rows of n) or transposed (n rows of k).
  RightFactor(std::size_t k, std::size_t n, Stored stored);
  void update(const T* b);

  // C (m×n) = A (m×k) · B, with lda ≥ k and ldc ≥ n. Columns of C beyond n are left alone.
  void multiply(std::size_t m, const T* a, std::size_t lda, T* c, std::size_t ldc) const;

 private:
  std::size_t k_, n_;
  Stored stored_;
  bool by_panels_;
  Panels<T> panels_;
  const T* b_ = nullptr;
};

// C (m×n) += Aᵀ · B, A is k×m with lda ≥ m columns of storage, B is k×n.
template <class T>
void accumulate_transposed(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                           const T* b, T* c);

}  // namespace robust_features
