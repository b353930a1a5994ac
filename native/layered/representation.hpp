#pragma once

#include "layered/evaluation.hpp"

namespace robust_features::layered {

// A network up to one of its values, without the operations that the value does not depend on.
struct Representation {
  Architecture architecture;
  std::vector<float> parameters, statistics;

  Network network() const { return {architecture, parameters.data(), statistics.data()}; }
};
Representation representation_at(const Network& network, std::size_t value);

struct MatchPlan {
  std::size_t value;
  std::size_t steps;
  double step_size;
};

struct MatchResult {
  std::vector<float> images;                       // channels last
  std::vector<double> initial_distance, distance;  // ‖g(x') − g(x)‖₂; NaN where nothing was finite
  std::vector<std::uint8_t> not_finite;
};

// Images whose representation g is near that of the data's: from every start, held in [0, 1],
//   x' ← clip(x' − η ∇/‖∇‖₂), ∇ the gradient of ‖g(x') − g(x)‖₂ by x'.
// The nearest of the start and all iterates counts. An image whose representation or gradient is
// not finite ends there and is flagged; what it reached before counts. Leaves the result unfilled
// when cancelled.
MatchResult match(const Network& network, const ImageData& data, const float* starts,
                  const MatchPlan& plan, ThreadTeam& team, const Cancellation& cancellation);

}  // namespace robust_features::layered
