#include "engine/attack.hpp"

#include <algorithm>
#include <cmath>

namespace robust_features {

bool GradientAttack::bounded() const { return std::isfinite(lower) || std::isfinite(upper); }

template <class T>
void apply_perturbation(const T* inputs, const T* perturbation, double lower, double upper, T* out,
                        std::size_t n) {
  if (std::isfinite(lower) || std::isfinite(upper)) {
    kernel_table<T>().add_clamped(inputs, perturbation, static_cast<T>(lower),
                                  static_cast<T>(upper), out, n);
  } else {
    kernel_table<T>().add(inputs, perturbation, out, n);
  }
}

std::size_t numbers_in_ball(const PatchGeometry& geometry, Budget budget) {
  return budget == Budget::patch ? geometry.dimension : geometry.input_size;
}

template <class T>
void project_balls(const PatchGeometry& geometry, Norm norm, Budget budget, double radius,
                   T* perturbation) {
  const std::size_t length = numbers_in_ball(geometry, budget);
  for (std::size_t first = 0; first < geometry.input_size; first += length) {
    project_to_ball(norm, radius, perturbation + first, length);
  }
}

template <class T>
double perturbation_norm(const PatchGeometry& geometry, Norm norm, Budget budget,
                         const T* perturbation) {
  const std::size_t length = numbers_in_ball(geometry, budget);
  double largest = 0;
  for (std::size_t first = 0; first < geometry.input_size; first += length) {
    largest = std::max(largest, ball_norm(norm, perturbation + first, length));
  }
  return largest;
}

Norm attack_norm(const Attack& attack) {
  return std::visit([](const auto& a) { return a.norm; }, attack);
}

Budget attack_budget(const Attack& attack) {
  return std::visit([](const auto& a) { return a.budget; }, attack);
}

double attack_lower(const Attack& attack) {
  const auto* gradient = std::get_if<GradientAttack>(&attack);
  return gradient ? gradient->lower : -INFINITY;
}

double attack_upper(const Attack& attack) {
  const auto* gradient = std::get_if<GradientAttack>(&attack);
  return gradient ? gradient->upper : INFINITY;
}

template void apply_perturbation(const float*, const float*, double, double, float*, std::size_t);
template void apply_perturbation(const double*, const double*, double, double, double*,
                                 std::size_t);
template void project_balls(const PatchGeometry&, Norm, Budget, double, float*);
template void project_balls(const PatchGeometry&, Norm, Budget, double, double*);
template double perturbation_norm(const PatchGeometry&, Norm, Budget, const float*);
template double perturbation_norm(const PatchGeometry&, Norm, Budget, const double*);

}  // namespace robust_features
