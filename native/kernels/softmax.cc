#include "kernels/softmax.hpp"

#include <cmath>
#include <limits>

namespace robust_features {

namespace {

std::size_t strongest_rival(std::span<const double> scores, std::size_t label) {
  std::size_t rival = label == 0 ? 1 : 0;
  for (std::size_t j = rival + 1; j < scores.size(); ++j) {
    if (j != label && scores[j] > scores[rival]) rival = j;
  }
  return rival;
}

bool all_finite(std::span<const double> scores) {
  for (const double score : scores) {
    if (!std::isfinite(score)) return false;
  }
  return true;
}

}  // namespace

Residual residual(LossKind kind, std::span<const double> scores, std::size_t label,
                  std::span<double> direction) {
  if (!all_finite(scores)) {
    for (double& entry : direction) entry = std::numeric_limits<double>::quiet_NaN();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {nan, nan, nan};
  }
  const std::size_t rival = strongest_rival(scores, label);
  const double margin = scores[label] - scores[rival];
  if (kind == LossKind::margin) {
    for (double& entry : direction) entry = 0;
    direction[rival] = 1;
    direction[label] = -1;
    return {-margin, 1, margin};
  }
  double rivals = 0;  // Σ_{j≠y} e^{F_j − M}, between 1 and k − 1
  for (std::size_t j = 0; j < scores.size(); ++j) {
    if (j == label) continue;
    direction[j] = std::exp(scores[j] - scores[rival]);
    rivals += direction[j];
  }
  direction[label] = -rivals;
  // With s = rivals · e^{−margin}: loss = log(1 + s), scale = e^{−margin} / (1 + s).
  if (margin >= 0) {
    const double odds = std::exp(-margin);
    return {std::log1p(rivals * odds), odds / (1 + rivals * odds), margin};
  }
  const double inverse_odds = std::exp(margin);
  return {-margin + std::log(inverse_odds + rivals), 1 / (inverse_odds + rivals), margin};
}

}  // namespace robust_features
