#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "bench/step.hpp"
#include "bench/workers.hpp"
#include "engine/aligned_buffer.hpp"

namespace robust_features::bench {

// The products of one step on this machine's best setting of BLAS, found by measuring.
class Floor {
 public:
  Floor(const Problem& problem, Workers& workers);

  const Sequence& sequence() const { return sequence_; }
  const Setting& setting() const { return best_; }

  // Time of `repetitions` steps. The threads meet at the end only: a floor waits for nobody.
  double seconds(std::size_t repetitions);

 private:
  struct Candidate {
    Setting setting;
    double seconds;
  };

  void search();
  std::vector<Candidate> candidates(bool filters_first, std::size_t filters);
  double sampled(const Setting& setting, const std::vector<Product>& products);
  double seconds_of(const Setting& setting, std::size_t repetitions);
  void use_threads_of_blas(bool use) const;

  Problem problem_;
  Workers& workers_;
  Sequence sequence_;
  std::map<std::size_t, Weights> weights_;
  AlignedBuffer<float> inputs_;
  std::vector<Share> shares_;
  Share whole_;
  Setting best_;
};

// GFLOP/s of the best square product, one on every thread at the same time, all threads together.
double peak_gflops(Workers& workers);

}  // namespace robust_features::bench
