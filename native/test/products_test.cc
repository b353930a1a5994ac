#include "engine/products.hpp"

#include <cmath>
#include <limits>

#include "test/check.hpp"
#include "test/kernel_tables.hpp"
#include "test/numbers.hpp"

namespace {

using namespace robust_features;
using test::Guarded;
using test::random_numbers;
using test::with_every_table;

struct Size {
  std::size_t m, n, k;
};
// Rows, columns and depths below, at and above what registers, panels and caches hold.
constexpr Size kProducts[] = {{0, 8, 2},     {1, 1, 1},    {5, 8, 0},    {6, 16, 25},
                              {7, 24, 3},    {13, 25, 9},  {25, 32, 31}, {42, 100, 17},
                              {3, 784, 129}, {64, 40, 300}};

template <class T>
double tolerance(std::size_t k) {
  return static_cast<double>(k + 2) * 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
}

// Σ_l a(i, l) · b(l, j) of row-major matrices.
template <class T>
double product(const std::vector<T>& a, const std::vector<T>& b, const Size& size, std::size_t i,
               std::size_t j) {
  double sum = 0;
  for (std::size_t l = 0; l < size.k; ++l) {
    sum += static_cast<double>(a[i * size.k + l]) * static_cast<double>(b[l * size.n + j]);
  }
  return sum;
}

template <class T>
std::vector<T> transposed(const std::vector<T>& matrix, std::size_t rows, std::size_t columns) {
  std::vector<T> out(matrix.size());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = matrix[i * columns + j];
  }
  return out;
}

TEST_CASE(products_with_panels) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (const Size& size : kProducts) {
      const auto [m, n, k] = size;
      constexpr std::size_t kPadding = 3;
      const std::vector<T> a = random_numbers<T>(m * k, 1), b = random_numbers<T>(k * n, 2);
      Guarded<T> padded(m * (k + kPadding)), out(m * (n + kPadding));
      for (std::size_t i = 0; i < m; ++i)
        std::copy_n(a.data() + i * k, k, padded.data() + i * (k + kPadding));
      Panels<T> panels(k, n);
      panels.pack(b.data(), n, 1);
      table.multiply_by_panels(m, n, k, padded.data(), k + kPadding, panels.data(), out.data(),
                               n + kPadding);
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          CHECK_NEAR(out[i * (n + kPadding) + j], product(a, b, size, i, j), tolerance<T>(k));
        }
        for (std::size_t j = n; j < n + kPadding; ++j)
          CHECK_EQUAL(out[i * (n + kPadding) + j], T(0));
      }
      CHECK(out.intact());
    }
  });
}

TEST_CASE(transposed_products_are_added) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (const auto [m, whole_vectors, k] : kProducts) {
      const Size size{m, whole_vectors / 8 * 8, k};
      const std::vector<T> a = random_numbers<T>(m * k, 1), b = random_numbers<T>(k * size.n, 2);
      const std::size_t lda = m + 2;
      Guarded<T> padded(k * lda), out(std::vector<T>(m * size.n, T(0.5)));
      for (std::size_t l = 0; l < k; ++l) {
        for (std::size_t i = 0; i < m; ++i) padded[l * lda + i] = a[i * k + l];
      }
      table.accumulate_transposed(m, size.n, k, padded.data(), lda, b.data(), out.data());
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < size.n; ++j) {
          CHECK_NEAR(out[i * size.n + j], 0.5 + product(a, b, size, i, j), tolerance<T>(k));
        }
      }
      CHECK(out.intact());
    }
  });
}

template <class T>
void check_right_factor(const Size& size) {
  const auto [m, n, k] = size;
  const std::vector<T> a = random_numbers<T>(m * k, 1), b = random_numbers<T>(k * n, 2);
  const std::vector<T> b_transposed = transposed(b, k, n);
  RightFactor<T> as_is(k, n, RightFactor<T>::Stored::as_is);
  RightFactor<T> stored_transposed(k, n, RightFactor<T>::Stored::transposed);
  as_is.update(b.data());
  stored_transposed.update(b_transposed.data());
  const std::size_t ldc = (n + 7) / 8 * 8;
  Guarded<T> one(m * ldc), other(m * ldc);
  as_is.multiply(m, a.data(), k, one.data(), ldc);
  stored_transposed.multiply(m, a.data(), k, other.data(), ldc);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      CHECK_NEAR(one[i * ldc + j], product(a, b, size, i, j), tolerance<T>(k));
      CHECK_NEAR(other[i * ldc + j], product(a, b, size, i, j), tolerance<T>(k));
    }
    for (std::size_t j = n; j < ldc; ++j) CHECK(one[i * ldc + j] == 0 && other[i * ldc + j] == 0);
  }
  CHECK(one.intact() && other.intact());
}

template <class T>
void check_transposed_accumulation(const Size& size) {
  const auto [m, n, k] = size;
  const std::vector<T> a = random_numbers<T>(m * k, 1), b = random_numbers<T>(k * n, 2);
  const std::vector<T> a_transposed = transposed(a, m, k);
  Guarded<T> out(std::vector<T>(m * n, T(0.5)));
  accumulate_transposed(m, n, k, a_transposed.data(), m, b.data(), out.data());
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      CHECK_NEAR(out[i * n + j], 0.5 + product(a, b, size, i, j), tolerance<T>(k));
    }
  }
  CHECK(out.intact());
}

TEST_CASE(either_way_to_the_product) {
  for (const Size& size : kProducts) {
    check_right_factor<float>(size);
    check_right_factor<double>(size);
    check_transposed_accumulation<float>(size);
    check_transposed_accumulation<double>(size);
  }
  const Size beyond_panels{5, 9, 1025};
  check_right_factor<float>(beyond_panels);
  check_right_factor<double>(beyond_panels);
}

}  // namespace
