// What a core does in the products of a training step: our kernels against OpenBLAS, tile by tile,
// in GFLOP/s of the best of some repetitions. Prints the table of docs/performance.md.

#include "engine/products.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "engine/aligned_buffer.hpp"
#include "engine/blas.hpp"
#include "engine/random_stream.hpp"
#include "engine/tile_pass.hpp"
#include "engine/tile_plan.hpp"

namespace robust_features::bench {

namespace {

double seconds_now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

double gflops(double operations, const std::function<void()>& product) {
  const int repetitions = std::max(1, static_cast<int>(1e9 / operations));
  double best = 1e300;
  for (int attempt = 0; attempt < 9; ++attempt) {
    const double start = seconds_now();
    for (int i = 0; i < repetitions; ++i) product();
    best = std::min(best, (seconds_now() - start) / repetitions);
  }
  return operations / best / 1e9;
}

AlignedBuffer<float> random_numbers(std::size_t n) {
  AlignedBuffer<float> numbers(n);
  RandomStream stream(1, "bench/products");
  for (std::size_t i = 0; i < n; ++i) numbers[i] = static_cast<float>(stream.uniform(i) - 0.5);
  return numbers;
}

void print_row(std::size_t filters, std::size_t dimension) {
  const std::size_t rows = TilePlan(1'000'000, 1, dimension, filters).samples_per_tile;
  const std::size_t columns = padded_columns(filters);
  const auto data = random_numbers(rows * dimension), weights = random_numbers(filters * dimension);
  auto z = random_numbers(rows * columns), gradient = random_numbers(rows * dimension),
       weight_gradient = random_numbers(filters * dimension);
  RightFactor<float> forward(dimension, filters, RightFactor<float>::Stored::transposed);
  RightFactor<float> backward(filters, dimension, RightFactor<float>::Stored::as_is);
  forward.update(weights.data());
  backward.update(weights.data());

  const double operations = 2.0 * static_cast<double>(rows * dimension * filters);
  const double rates[] = {
      gflops(operations,
             [&] { forward.multiply(rows, data.data(), dimension, z.data(), columns); }),
      gflops(operations,
             [&] {
               blas::product_nt(rows, filters, dimension, data.data(), dimension, weights.data(),
                                z.data(), columns);
             }),
      gflops(operations,
             [&] { backward.multiply(rows, z.data(), columns, gradient.data(), dimension); }),
      gflops(operations,
             [&] {
               blas::product_nn(rows, dimension, filters, z.data(), columns, weights.data(),
                                gradient.data(), dimension);
             }),
      gflops(operations,
             [&] {
               accumulate_transposed(filters, dimension, rows, z.data(), columns, data.data(),
                                     weight_gradient.data());
             }),
      gflops(operations,
             [&] {
               blas::accumulate_tn(filters, dimension, rows, z.data(), columns, data.data(),
                                   weight_gradient.data());
             }),
  };
  std::printf("| f=%zu d=%zu, %zu rows | %.0f / %.0f | %.0f / %.0f | %.0f / %.0f |\n", filters,
              dimension, rows, rates[0], rates[1], rates[2], rates[3], rates[4], rates[5]);
  std::fflush(stdout);
}

}  // namespace

}  // namespace robust_features::bench

int main() {
  robust_features::blas::hold_at_one_thread();
  std::printf("| ours / OpenBLAS | X Wᵀ | D W | Dᵀ X |\n|---|---|---|---|\n");
  for (const std::size_t filters : {25, 100}) {
    for (const std::size_t dimension : {64, 128, 784})
      robust_features::bench::print_row(filters, dimension);
  }
}
