#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

namespace robust_features {

// Maximises a function in a box by projected quasi-Newton steps (limited memory) in variables
// divided by their scale. Made for few, dear evaluations; the function may have kinks.
class Ascent {
 public:
  Ascent(std::vector<double> low, std::vector<double> high, std::vector<double> scale);

  // Returns the value at `at` and fills the gradient there.
  using Objective =
      std::function<double(const std::vector<double>& at, std::vector<double>& gradient)>;
  using Jump = std::function<void(std::vector<double>& at)>;
  struct Result {
    double value;
    std::vector<double> at;
    std::size_t evaluations;
  };
  // `jump` proposes the second point after the first one was evaluated.
  Result run(std::vector<double> start, std::size_t evaluations, const Objective& objective,
             const Jump& jump);

 private:
  struct Pair {
    std::vector<double> step, change;
    double product;
  };

  void project(std::vector<double>& at) const;
  std::vector<double> direction(const std::vector<double>& at,
                                const std::vector<double>& gradient) const;
  void remember(const std::vector<double>& step, const std::vector<double>& change);

  std::vector<double> low_, high_, scale_;
  std::deque<Pair> memory_;
};

}  // namespace robust_features
