#include "bench/search.hpp"

#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

namespace robust_features::bench {

namespace {

constexpr std::array<std::size_t, 12> kTileRows{16,  32,  48,   64,   96,   128,
                                                256, 512, 1024, 2048, 4096, kAllRows};
// Settings are compared on a few rows of every thread and at most two ascents; the best of them
// then on the whole step.
constexpr std::size_t kSampledRows = 4096;
constexpr std::size_t kSampledAscents = 2;
constexpr std::size_t kFinalists = 6;
constexpr double kSecondsOfFinal = 0.6;

std::size_t padded(std::size_t filters, std::size_t multiple) {
  return (filters + multiple - 1) / multiple * multiple;
}

std::vector<std::size_t> paddings(std::size_t filters) {
  std::vector<std::size_t> all{filters, padded(filters, 8), padded(filters, 16)};
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

AlignedBuffer<float> random_numbers(std::size_t size, double deviation, std::uint32_t seed) {
  AlignedBuffer<float> numbers(size);
  std::minstd_rand random(seed);
  std::uniform_real_distribution<float> uniform(static_cast<float>(-deviation),
                                                static_cast<float>(deviation));
  for (float& number : numbers.span()) number = uniform(random);
  return numbers;
}

template <class Measure>
double best_of(Measure measure, std::size_t at_least, double seconds) {
  double best = std::numeric_limits<double>::infinity();
  double spent = 0;
  for (std::size_t i = 0; i < at_least || spent < seconds; ++i) {
    const double once = measure();
    best = std::min(best, once);
    spent += once;
  }
  return best;
}

template <class Candidates>
void keep_best(Candidates& candidates, std::size_t count) {
  std::sort(candidates.begin(), candidates.end(),
            [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
  candidates.resize(std::min(count, candidates.size()));
}

}  // namespace

Floor::Floor(const Problem& problem, Workers& workers)
    : problem_(problem), workers_(workers), sequence_(Sequence::of(problem)) {
  use_threads_of_blas(false);
  // Weights of about unit spectral norm keep repeated products within range.
  const auto longer = static_cast<double>(std::max(problem.filters, problem.dimension));
  const auto weights =
      random_numbers(problem.filters * problem.dimension, 1 / std::sqrt(longer), 1);
  const std::vector<std::size_t> counts = paddings(problem.filters);
  for (const std::size_t count : counts) {
    weights_.emplace(count, Weights(weights, problem.filters, count, problem.dimension));
  }
  inputs_ = random_numbers(problem.rows * problem.dimension, 1, 2);
  const auto share = [&](std::size_t first, std::size_t last) {
    return Share(inputs_.data() + first * problem.dimension, last - first, sequence_,
                 problem.dimension, counts.back());
  };
  const std::size_t threads = workers.threads();
  for (std::size_t t = 0; t < threads; ++t) {
    shares_.push_back(share(problem.rows * t / threads, problem.rows * (t + 1) / threads));
  }
  if (threads > 1) whole_ = share(0, problem.rows);
  search();
}

double Floor::seconds(std::size_t repetitions) { return seconds_of(best_, repetitions); }

void Floor::search() {
  std::vector<Candidate> finalists;
  for (const bool filters_first : {false, true}) {
    for (const auto& [filters, weights] : weights_) {
      for (const Candidate& candidate : candidates(filters_first, filters)) {
        finalists.push_back(candidate);
      }
    }
  }
  keep_best(finalists, kFinalists);
  for (Candidate& candidate : finalists) candidate.seconds = seconds_of(candidate.setting, 1);
  // In turns, so that a slow moment of the machine falls on all of them.
  double spent = 0;
  for (std::size_t round = 0; round < 2 || spent < kSecondsOfFinal; ++round) {
    for (Candidate& candidate : finalists) {
      const double once = seconds_of(candidate.setting, 1);
      candidate.seconds = std::min(candidate.seconds, once);
      spent += once;
    }
  }
  keep_best(finalists, 1);
  best_ = finalists.front().setting;
  if (workers_.threads() == 1) return;

  Setting split_by_blas = best_;
  split_by_blas.own_threads_of_blas = true;
  split_by_blas.tile_by_tile = false;
  split_by_blas.tile_rows.fill(kAllRows);
  const double seconds = best_of([&] { return seconds_of(split_by_blas, 1); }, 2, 0.05);
  if (seconds < finalists.front().seconds) {
    best_ = split_by_blas;
  } else {
    // OpenBLAS' threads go on spinning for a while after their last product.
    use_threads_of_blas(false);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// The best way for each kind of product by itself, and for each length of tile the best way to run
// the whole sequence on it.
std::vector<Floor::Candidate> Floor::candidates(bool filters_first, std::size_t filters) {
  Setting by_product;
  by_product.filters_first = filters_first;
  by_product.filters = filters;
  std::array<double, kProducts> fastest{};
  fastest.fill(std::numeric_limits<double>::infinity());
  std::vector<Candidate> found;
  const std::size_t longest =
      std::min(kSampledRows, (problem_.rows + workers_.threads() - 1) / workers_.threads());
  for (const std::size_t rows : kTileRows) {
    if (rows >= longest && rows != kAllRows) continue;
    Setting by_tile = by_product;
    by_tile.tile_by_tile = true;
    by_tile.tile_rows.fill(rows);
    for (std::size_t i = 0; i < kProducts; ++i) {
      const auto product = static_cast<Product>(i);
      if (!sequence_.has(product)) continue;
      Setting alone = by_tile;
      alone.tile_by_tile = false;
      std::array<double, 2> seconds{};
      for (const bool transposed : {false, true}) {
        alone.transposed[i] = transposed;
        seconds[transposed ? 1 : 0] = sampled(alone, {product});
      }
      const bool transposed = seconds[1] < seconds[0];
      by_tile.transposed[i] = transposed;
      if (std::min(seconds[0], seconds[1]) < fastest[i]) {
        fastest[i] = std::min(seconds[0], seconds[1]);
        by_product.tile_rows[i] = rows;
        by_product.transposed[i] = transposed;
      }
    }
    found.push_back({by_tile, 0});
  }
  found.push_back({by_product, 0});
  Problem shorter = problem_;
  shorter.ascents = std::min(problem_.ascents, kSampledAscents);
  std::vector<Product> products = Sequence::of(shorter).products;
  // With few ascents the other kind of sequence may be the cheaper one.
  if (Sequence::of(shorter).gram != sequence_.gram) products = sequence_.products;
  for (Candidate& candidate : found) candidate.seconds = sampled(candidate.setting, products);
  return found;
}

double Floor::sampled(const Setting& setting, const std::vector<Product>& products) {
  const Weights& weights = weights_.at(setting.filters);
  const auto measure = [&] {
    return workers_.seconds([&](std::size_t worker) {
      Share& share = shares_[worker];
      const std::size_t rows = std::min(share.rows, kSampledRows);
      if (products.size() == 1) {
        run_product(products.front(), setting, weights, problem_.dimension, share, rows);
      } else {
        run_sequence(products, setting, weights, problem_.dimension, share, rows);
      }
    });
  };
  return best_of(measure, 2, 0.002);
}

double Floor::seconds_of(const Setting& setting, std::size_t repetitions) {
  use_threads_of_blas(setting.own_threads_of_blas);
  const Weights& weights = weights_.at(setting.filters);
  const auto repeat = [&](Share& share) {
    for (std::size_t i = 0; i < repetitions; ++i) {
      run_sequence(sequence_.products, setting, weights, problem_.dimension, share, share.rows);
    }
  };
  if (!setting.own_threads_of_blas) {
    return workers_.seconds([&](std::size_t worker) { repeat(shares_[worker]); });
  }
  // The helpers sleep meanwhile.
  const auto start = std::chrono::steady_clock::now();
  repeat(whole_);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Floor::use_threads_of_blas(bool use) const {
  const int threads = use ? static_cast<int>(workers_.threads()) : 1;
  if (openblas_get_num_threads() != threads) openblas_set_num_threads(threads);
}

double peak_gflops(Workers& workers) {
  openblas_set_num_threads(1);
  double peak = 0;
  for (const std::size_t size : {256, 512, 1024, 2048}) {
    const AlignedBuffer<float> a = random_numbers(size * size, 1, 3);
    std::vector<AlignedBuffer<float>> products;
    for (std::size_t t = 0; t < workers.threads(); ++t) products.emplace_back(size * size);
    const auto n = static_cast<blasint>(size);
    const auto measure = [&] {
      return workers.seconds([&](std::size_t worker) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a.data(), n, a.data(), n,
                    0, products[worker].data(), n);
      });
    };
    const auto length = static_cast<double>(size);
    const double flops = 2 * length * length * length * static_cast<double>(workers.threads());
    peak = std::max(peak, flops / best_of(measure, 3, 0.05) / 1e9);
  }
  return peak;
}

}  // namespace robust_features::bench
