#include "engine/certificate_ascent.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace robust_features {

namespace {

constexpr std::size_t kMemory = 6;
// Length of the first step, in scaled variables.
constexpr double kFirstStep = 0.05;

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

Ascent::Ascent(std::vector<double> low, std::vector<double> high, std::vector<double> scale)
    : low_(std::move(low)), high_(std::move(high)), scale_(std::move(scale)) {}

void Ascent::project(std::vector<double>& at) const {
  for (std::size_t i = 0; i < at.size(); ++i) at[i] = std::clamp(at[i], low_[i], high_[i]);
}

// Two-loop recursion on the variables that the box does not hold, in scaled variables.
std::vector<double> Ascent::direction(const std::vector<double>& at,
                                      const std::vector<double>& gradient) const {
  std::vector<double> scaled(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const bool held =
        (at[i] <= low_[i] && gradient[i] < 0) || (at[i] >= high_[i] && gradient[i] > 0);
    scaled[i] = held ? 0 : gradient[i] * scale_[i];
  }
  const std::vector<double> steepest = scaled;
  const double slope = std::sqrt(product(steepest, steepest));
  if (!(slope > 0) || !std::isfinite(slope)) return {};
  std::vector<double> weights(memory_.size());
  for (std::size_t k = memory_.size(); k-- > 0;) {
    weights[k] = product(memory_[k].step, scaled) / memory_[k].product;
    for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] -= weights[k] * memory_[k].change[i];
  }
  const double size = memory_.empty() ? kFirstStep / slope
                                      : memory_.back().product /
                                            product(memory_.back().change, memory_.back().change);
  for (double& entry : scaled) entry *= size;
  for (std::size_t k = 0; k < memory_.size(); ++k) {
    const double weight = product(memory_[k].change, scaled) / memory_[k].product;
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      scaled[i] += (weights[k] - weight) * memory_[k].step[i];
    }
  }
  if (!(product(scaled, steepest) > 0)) {
    for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] = kFirstStep / slope * steepest[i];
  }
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    if (steepest[i] == 0) scaled[i] = 0;
    scaled[i] *= scale_[i];
  }
  return scaled;
}

// Of a maximisation: step and loss of gradient, both in scaled variables.
void Ascent::remember(const std::vector<double>& step, const std::vector<double>& change) {
  const double along = product(step, change);
  if (!(along > 1e-10 * std::sqrt(product(step, step) * product(change, change)))) return;
  if (memory_.size() == kMemory) memory_.pop_front();
  memory_.push_back({step, change, along});
}

Ascent::Result Ascent::run(std::vector<double> start, std::size_t evaluations,
                           const Objective& objective, const Jump& jump) {
  project(start);
  std::vector<double> gradient;
  Result best{objective(start, gradient), start, 1};
  std::vector<double> next_gradient;
  if (best.evaluations < evaluations) {
    std::vector<double> next = best.at;
    jump(next);
    project(next);
    const double value = objective(next, next_gradient);
    ++best.evaluations;
    if (value > best.value) {
      best.value = value;
      best.at = next;
      gradient.swap(next_gradient);
    }
  }
  while (best.evaluations < evaluations) {
    const std::vector<double> ahead = direction(best.at, gradient);
    if (ahead.empty()) break;
    double size = 1;
    bool improved = false;
    while (best.evaluations < evaluations && size > 1e-4) {
      std::vector<double> next = best.at;
      for (std::size_t i = 0; i < next.size(); ++i) next[i] += size * ahead[i];
      project(next);
      const double value = objective(next, next_gradient);
      ++best.evaluations;
      std::vector<double> step(next.size()), change(next.size());
      double promise = 0;
      for (std::size_t i = 0; i < next.size(); ++i) {
        promise += gradient[i] * (next[i] - best.at[i]);
        step[i] = scale_[i] > 0 ? (next[i] - best.at[i]) / scale_[i] : 0;
        change[i] = (gradient[i] - next_gradient[i]) * scale_[i];
      }
      if (!(promise > 0)) break;
      if (value > best.value + 1e-4 * promise) {
        remember(step, change);
        best.value = value;
        best.at = std::move(next);
        gradient.swap(next_gradient);
        improved = true;
        break;
      }
      // The peak of the parabola through both values and the first slope.
      const double fitted = 0.5 * promise / (promise - (value - best.value));
      size *= std::isfinite(fitted) ? std::clamp(fitted, 0.1, 0.5) : 0.1;
    }
    if (improved) continue;
    if (memory_.empty()) break;
    memory_.clear();
  }
  return best;
}

}  // namespace robust_features
