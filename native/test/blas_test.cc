#include "engine/blas.hpp"

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

TEST_CASE(products_from_many_threads_are_those_of_one) {
  blas::hold_at_one_thread();
  constexpr Size kSize{512, 25, 64};
  const std::vector<float> a = random_numbers<float>(kSize.m * kSize.k, 3);
  const std::vector<float> b = random_numbers<float>(kSize.n * kSize.k, 4);
  std::vector<float> alone(kSize.m * kSize.n);
  blas::product_nt(kSize.m, kSize.n, kSize.k, a.data(), kSize.k, b.data(), alone.data(), kSize.n);
  ThreadTeam team(4);
  std::vector<std::vector<float>> outs(200, std::vector<float>(alone.size()));
  team.parallel_for(outs.size(), [&](std::size_t i, std::size_t) {
    blas::product_nt(kSize.m, kSize.n, kSize.k, a.data(), kSize.k, b.data(), outs[i].data(),
                     kSize.n);
  });
  for (const std::vector<float>& out : outs) CHECK(out == alone);
  CHECK_EQUAL(blas::threads(), 1);
}

}  // namespace
