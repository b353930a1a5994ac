#pragma once

#include <cstddef>
#include <string>

namespace robust_features::blas {

// Row-major matrix products; the one place that talks to BLAS. Sizes may be 0. BLAS itself runs on
// one thread: on the skinny shapes here its own threading is slower, and our pool splits the work
// outside.

// C (m×n) = A (m×k) · Bᵀ, B is n×k; A has lda ≥ k and C has ldc ≥ n columns of storage.
template <class T>
void product_nt(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                const T* b, T* c, std::size_t ldc);

// C (m×n) = A (m×k) · B (k×n); A has lda ≥ k and C has ldc ≥ n columns of storage.
template <class T>
void product_nn(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                const T* b, T* c, std::size_t ldc);

// C (m×n) += A (m×k) · B (k×n); A has lda ≥ k columns of storage.
template <class T>
void accumulate_nn(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                   const T* b, T* c);

// C (m×n) += Aᵀ · B, A is k×m with lda ≥ m columns of storage, B is k×n.
template <class T>
void accumulate_tn(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda,
                   const T* b, T* c);

// Holds BLAS at one thread for the whole process; called when the addon loads.
void hold_at_one_thread();

std::string version();
std::string kernel();
int threads();

}  // namespace robust_features::blas
