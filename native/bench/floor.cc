// The benchmark's floor: the matrix products that a step cannot avoid, and nothing else, on the
// best setting of BLAS and perfectly split over the threads.
//
//   prepare <rows> <dimension> <filters> <threads> forward|standard|l2|linf <ascents>
//     → prepared key=value …
//   run <repetitions>
//     → seconds <s>
//
// A line that is not understood, or memory that is not there, gives `error <sentence>` and ends.

#include <cblas.h>

#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "bench/search.hpp"

namespace robust_features::bench {

namespace {

StepKind step_kind(const std::string& name) {
  if (name == "forward") return StepKind::kForward;
  if (name == "standard") return StepKind::kStandard;
  if (name == "l2") return StepKind::kL2;
  if (name == "linf") return StepKind::kLinf;
  throw std::invalid_argument("Expected the step to be forward, standard, l2 or linf, got " + name +
                              ".");
}

// Keeps the threads with the floor that uses them.
struct Prepared {
  Workers workers;
  Floor floor;

  Prepared(const Problem& problem, std::size_t threads)
      : workers(threads), floor(problem, workers) {}
};

// "OpenBLAS 0.3.21 DYNAMIC_ARCH …": the second word.
std::string version_of_blas() {
  std::istringstream words(openblas_get_config());
  std::string name;
  std::string version;
  words >> name >> version;
  return version;
}

std::string prepare(std::istringstream& words, std::unique_ptr<Prepared>& prepared) {
  Problem problem{};
  std::size_t threads = 0;
  std::string step;
  words >> problem.rows >> problem.dimension >> problem.filters >> threads >> step >>
      problem.ascents;
  if (!words || problem.rows == 0 || problem.dimension == 0 || problem.filters == 0 ||
      threads == 0) {
    throw std::invalid_argument("Expected positive numbers and a step to prepare, got others.");
  }
  problem.step = step_kind(step);
  prepared.reset();
  Workers single(1);
  const double peak_of_one = peak_gflops(single);
  prepared = std::make_unique<Prepared>(problem, threads);
  const double peak = threads == 1 ? peak_of_one : peak_gflops(prepared->workers);
  const Sequence& sequence = prepared->floor.sequence();
  std::ostringstream answer;
  answer << "prepared gflops=" << sequence.flops / 1e9 << " peakGflops=" << peak
         << " peakGflopsOfOneThread=" << peak_of_one << " attackSpace="
         << (problem.ascents == 0 ? "none"
             : sequence.gram      ? "gram"
                                  : "direct")
         << " " << prepared->floor.setting().describe(sequence) << " openblas=" << version_of_blas()
         << " kernel=" << openblas_get_corename();
  return answer.str();
}

std::string run(std::istringstream& words, Prepared* prepared) {
  std::size_t repetitions = 0;
  if (!(words >> repetitions) || prepared == nullptr) {
    throw std::invalid_argument("Expected a number of repetitions after `prepare`, got none.");
  }
  std::ostringstream answer;
  answer.precision(9);
  answer << "seconds " << prepared->floor.seconds(repetitions);
  return answer.str();
}

void serve() {
  std::unique_ptr<Prepared> prepared;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string request;
    words >> request;
    if (request == "prepare") {
      std::cout << prepare(words, prepared) << std::endl;
    } else if (request == "run") {
      std::cout << run(words, prepared.get()) << std::endl;
    } else {
      throw std::invalid_argument("Expected `prepare` or `run`, got " + request + ".");
    }
  }
}

}  // namespace

}  // namespace robust_features::bench

int main() {
  try {
    robust_features::bench::serve();
    return 0;
  } catch (const std::bad_alloc&) {
    std::cout << "error Expected enough memory for the products, got too little." << std::endl;
  } catch (const std::exception& exception) {
    std::cout << "error " << exception.what() << std::endl;
  }
  return 1;
}
