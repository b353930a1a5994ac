#include "engine/certificate_box.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace robust_features {

namespace {

// Tangents of the own class move half way to the minimiser each time.
constexpr int kTangentSteps = 6;

struct Line {
  double constant, slope, slack;  // constant + slope · t
};

Line tangent(const ConvexActivation& activation, double z, double reach, double at) {
  const Relaxation p = activation.below(z, -reach, reach, at);
  return {p.value - p.slope * p.center, p.slope, p.slack};
}

Line chord(const ConvexActivation& activation, double z, double reach) {
  const double error = 4 * kUnitRoundoff * (std::abs(z) + reach);
  const double low = z - reach - error, high = z + reach + error;
  if (high <= 0) return {0, 0, 0};
  const double left = activation.value(low), right = activation.value(high);
  const double slope = (right - left) / (high - low);
  const double r = std::abs(z) + 2 * reach;
  const double slack =
      8 * activation.rounding() * (left + right + (slope + activation.slope(high)) * r) + 1e-280;
  return {left - slope * (low - z), slope, slack};
}

}  // namespace

double bound_in_box(const CertifiedFilters& filters, const ConvexActivation& activation,
                    std::size_t own, std::size_t wrong, const double* preactivations,
                    double radius) {
  const std::size_t m = filters.shape.filters_per_class;
  const std::size_t d = filters.shape.dimension;
  const auto filter = [&](std::size_t term) {
    return term < m ? own * m + term : wrong * m + (term - m);
  };
  std::vector<double> at(m, 0.0), slopes(d);
  double best = -std::numeric_limits<double>::infinity();
  double interval = 0, interval_terms = 0;
  for (std::size_t r = 0; r < 2 * m; ++r) {
    const double reach = radius * filters.sums[filter(r)];
    const double z = preactivations[r] + (r < m ? -reach : reach);
    const double value = activation.value(z);
    interval += r < m ? value : -value;
    interval_terms += value + activation.slope(z) * (std::abs(preactivations[r]) + reach);
  }
  const double operations = 8 * static_cast<double>(2 * m + d + 16) * kUnitRoundoff;
  best = interval - (activation.rounding() + operations) * interval_terms - 1e-280;
  for (int step = 0; step < kTangentSteps && radius > 0; ++step) {
    double constant = 0, magnitude = 0, slack = 0;
    std::fill(slopes.begin(), slopes.end(), 0.0);
    for (std::size_t r = 0; r < 2 * m; ++r) {
      const double reach = radius * filters.sums[filter(r)];
      const Line line = r < m ? tangent(activation, preactivations[r], reach, at[r])
                              : chord(activation, preactivations[r], reach);
      const double sign = r < m ? 1 : -1;
      constant += sign * line.constant;
      magnitude += std::abs(line.constant) + line.slope * reach;
      slack += line.slack;
      const double* weights = filters.weights + filter(r) * d;
      for (std::size_t i = 0; i < d; ++i) slopes[i] += sign * line.slope * weights[i];
    }
    double sum = 0;
    for (const double slope : slopes) sum += std::abs(slope);
    const double bound =
        constant - radius * sum - slack - operations * (magnitude + std::abs(constant)) - 1e-280;
    if (bound > best) best = bound;
    for (std::size_t r = 0; r < m; ++r) {
      const double* weights = filters.weights + filter(r) * d;
      double t = 0;
      for (std::size_t i = 0; i < d; ++i) t -= std::copysign(radius, slopes[i]) * weights[i];
      at[r] += (step == 0 ? 1.0 : 0.5) * (t - at[r]);
    }
  }
  return std::isfinite(best) ? best : -std::numeric_limits<double>::infinity();
}

}  // namespace robust_features
