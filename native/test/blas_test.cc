#include "engine/blas.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include "engine/thread_team.hpp"
#include "test/check.hpp"
#include "test/numbers.hpp"

namespace {

using namespace robust_features;
using test::Guarded;
using test::random_numbers;

struct Size {
  std::size_t m, n, k;
};
constexpr Size kProducts[] = {{0, 3, 2},  {3, 0, 2},   {3, 2, 0},  {1, 1, 1},
                              {7, 9, 65}, {64, 8, 63}, {33, 65, 5}};

template <class T>
double tolerance(std::size_t k) {
  return static_cast<double>(k + 2) * 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
}

template <class T>
void check_products(const Size& size) {
  const auto [m, n, k] = size;
  constexpr std::size_t kPadding = 3;
  const std::vector<T> a = random_numbers<T>(m * k, 1), b = random_numbers<T>(n * k, 2);

  Guarded<T> nt(m * (n + kPadding));
  blas::product_nt(m, n, k, a.data(), k, b.data(), nt.data(), n + kPadding);
  Guarded<T> padded(m * (k + kPadding)), nn(m * n);
  for (std::size_t i = 0; i < m; ++i)
    std::copy_n(a.data() + i * k, k, padded.data() + i * (k + kPadding));
  blas::product_nn(m, n, k, padded.data(), k + kPadding, b.data(), nn.data(), n);
  Guarded<T> tn(std::vector<T>(m * n, T(0.5)));
  blas::accumulate_tn(m, n, k, a.data(), m, b.data(), tn.data());

  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double with_rows = 0, with_columns = 0, transposed = 0.5;
      for (std::size_t l = 0; l < k; ++l) {
        with_rows += static_cast<double>(a[i * k + l]) * static_cast<double>(b[j * k + l]);
        with_columns += static_cast<double>(a[i * k + l]) * static_cast<double>(b[l * n + j]);
        transposed += static_cast<double>(a[l * m + i]) * static_cast<double>(b[l * n + j]);
      }
      CHECK_NEAR(nt[i * (n + kPadding) + j], with_rows, tolerance<T>(k));
      CHECK_NEAR(nn[i * n + j], with_columns, tolerance<T>(k));
      CHECK_NEAR(tn[i * n + j], transposed, tolerance<T>(k));
    }
    for (std::size_t j = n; j < n + kPadding; ++j) CHECK_EQUAL(nt[i * (n + kPadding) + j], T(0));
  }
  CHECK(nt.intact() && nn.intact() && tn.intact());
}

TEST_CASE(products_of_all_forms) {
  for (const Size& size : kProducts) {
    check_products<float>(size);
    check_products<double>(size);
  }
}

TEST_CASE(dimensions_beyond_blas_are_refused) {
  const float nothing = 0;
  float out = 0;
  const std::size_t huge = std::size_t{1} << 40;
  CHECK_THROWS(std::length_error, blas::product_nt(huge, 1, 1, &nothing, 1, &nothing, &out, 1));
}

// What a tile asks for: pre-activations, weight gradients and products of small matrices, in every
// form, with the sizes of kernels for small matrices among them.
constexpr Size kShapes[] = {{16, 16, 16},    {512, 25, 64}, {25, 64, 512},
                            {512, 100, 128}, {129, 7, 33},  {64, 64, 64},
                            {8, 300, 40},    {1, 513, 65},  {200, 3, 784}};

template <class T>
struct Product {
  Size size;
  int form;
  std::vector<T> a, b, alone;

  std::vector<T> compute() const {
    const auto [m, n, k] = size;
    std::vector<T> out(m * n, T(0.5));
    if (form == 0) blas::product_nt(m, n, k, a.data(), k, b.data(), out.data(), n);
    if (form == 1) blas::product_nn(m, n, k, a.data(), k, b.data(), out.data(), n);
    if (form == 2) blas::accumulate_nn(m, n, k, a.data(), k, b.data(), out.data());
    if (form == 3) blas::accumulate_tn(m, n, k, a.data(), m, b.data(), out.data());
    return out;
  }
  double exact(std::size_t i, std::size_t j) const {
    const auto [m, n, k] = size;
    double sum = form < 2 ? 0 : 0.5;
    for (std::size_t l = 0; l < k; ++l)
      sum += static_cast<double>(form == 3 ? a[l * m + i] : a[i * k + l]) *
             static_cast<double>(form == 0 ? b[j * k + l] : b[l * n + j]);
    return sum;
  }
};

// How many of so many calls from 8 threads give what one thread got.
template <class T, class Choice>
std::size_t right_of(std::size_t calls, Choice choice, const std::vector<Product<T>>& products) {
  ThreadTeam team(8);
  std::vector<char> right(calls);
  team.parallel_for(calls, [&](std::size_t i, std::size_t) {
    const Product<T>& product = products[choice(i)];
    right[i] = product.compute() == product.alone;
  });
  return static_cast<std::size_t>(std::count(right.begin(), right.end(), 1));
}

template <class T>
void check_products_from_many_threads() {
  std::vector<Product<T>> products;
  for (const Size& size : kShapes) {
    for (int form = 0; form < 4; ++form) {
      Product<T> product{size,
                         form,
                         random_numbers<T>(size.m * size.k, 5),
                         random_numbers<T>(size.n * size.k, 6),
                         {}};
      product.alone = product.compute();
      for (std::size_t i = 0; i < size.m; i += 1 + size.m / 9)
        for (std::size_t j = 0; j < size.n; ++j)
          CHECK_NEAR(product.alone[i * size.n + j], product.exact(i, j), tolerance<T>(size.k));
      products.push_back(std::move(product));
    }
  }
  // Neighbours differ in shape and form, so that calls of all kinds meet.
  CHECK_EQUAL(right_of(
                  1600, [&](std::size_t i) { return i * 13 % products.size(); }, products),
              std::size_t{1600});
  // Short calls, so that threads often ask BLAS for memory at the same time, where a serial
  // OpenBLAS without locks goes wrong.
  CHECK_EQUAL(right_of(
                  300'000, [](std::size_t i) { return i % 4; }, products),
              std::size_t{300'000});
}

TEST_CASE(products_of_every_form_from_many_threads_are_right) {
  blas::hold_at_one_thread();
  check_products_from_many_threads<float>();
  check_products_from_many_threads<double>();
  CHECK_EQUAL(blas::threads(), 1);
}

}  // namespace
