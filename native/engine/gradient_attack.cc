#include "engine/gradient_attack.hpp"

#include <algorithm>
#include <cmath>

#include "engine/random_start.hpp"

namespace robust_features {

template <class T>
GradientAttackRunner<T>::GradientAttackRunner(const GradientAttack& attack, std::size_t position,
                                              const PatchGeometry& geometry, std::size_t capacity)
    : attack_(attack),
      position_(position),
      geometry_(geometry),
      ball_length_(numbers_in_ball(geometry, attack.budget)),
      perturbation_(capacity * geometry.input_size),
      perturbed_(capacity * geometry.input_size),
      gradient_(capacity * geometry.input_size) {}

template <class T>
void GradientAttackRunner<T>::clip(const TileSamples<T>& tile) {
  if (!attack_.bounded()) return;
  kernel_table<T>().clip_to_box(tile.inputs, static_cast<T>(attack_.lower),
                                static_cast<T>(attack_.upper), perturbation_.data(),
                                tile.size() * geometry_.input_size);
}

template <class T>
void GradientAttackRunner<T>::apply(const TileSamples<T>& tile) {
  apply_perturbation(tile.inputs, perturbation_.data(), attack_.lower, attack_.upper,
                     perturbed_.data(), tile.size() * geometry_.input_size);
}

template <class T>
bool GradientAttackRunner<T>::ascend_sample(const T* gradient, T* perturbation) const {
  for (std::size_t first = 0; first < geometry_.input_size; first += ball_length_) {
    ascend_in_ball(attack_.rule, attack_.norm, attack_.radius, attack_.step_size, gradient + first,
                   perturbation + first, ball_length_);
  }
  return kernel_table<T>().largest_magnitude(gradient, geometry_.input_size) > 0;
}

template <class T>
void GradientAttackRunner<T>::ascend(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                                     TilePass<T>& pass, TileOutcome<T>& outcome) {
  pass.residuals(attack_.loss, tile.labels);
  const auto scaling = attack_.rule == Rule::normalized ? TilePass<T>::Scaling::direction_only
                                                        : TilePass<T>::Scaling::loss;
  pass.slopes(network, scaling, 1.0, attack_.surrogate_slope);
  pass.input_gradient(network, gradient_.data());
  const std::size_t length = geometry_.input_size;
  const bool by_sign = attack_.rule == Rule::normalized && attack_.norm == Norm::linf;
  for (std::size_t s = 0; s < tile.size(); ++s) {
    const T* gradient = gradient_.data() + s * length;
    T* perturbation = perturbation_.data() + s * length;
    const bool moved =
        by_sign ? kernel_table<T>().ascend_by_sign(sign_ascent<T>(attack_.step_size, attack_.radius,
                                                                  attack_.lower, attack_.upper),
                                                   gradient, tile.inputs + s * length, perturbation,
                                                   perturbed_.data() + s * length, length)
                : ascend_sample(gradient, perturbation);
    if (moved) outcome.vanished[s] = 0;
  }
  if (by_sign) return;
  clip(tile);
  apply(tile);
}

template <class T>
void GradientAttackRunner<T>::keep_better(const TileSamples<T>& tile, Keep keep, bool first,
                                          TilePass<T>& pass, TileOutcome<T>& outcome) {
  pass.residuals(LossKind::cross_entropy, tile.labels);
  const std::size_t length = geometry_.input_size;
  for (std::size_t s = 0; s < tile.size(); ++s) {
    const Residual& now = pass.residuals()[s];
    if (!first && !improves(keep, now, outcome.margin[s], outcome.loss[s])) continue;
    outcome.margin[s] = now.margin;
    outcome.loss[s] = now.loss;
    std::copy_n(perturbation_.data() + s * length, length,
                outcome.perturbation.data() + s * length);
  }
}

template <class T>
void GradientAttackRunner<T>::run(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                                  const AttackDraws& draws, Keep keep,
                                  const Cancellation& cancellation, TilePass<T>& pass,
                                  TileOutcome<T>& outcome) {
  std::fill_n(outcome.vanished.begin(), tile.size(), std::uint8_t{attack_.steps > 0});
  bool first = true;
  bool unperturbed = attack_.starts_unperturbed();
  const auto forward = [&] {
    if (unperturbed)
      pass.forward_from_z(network, tile.z, tile.inputs, tile.size());
    else
      pass.forward(network, perturbed_.data(), tile.size());
  };
  const auto judge = [&] {
    forward();
    keep_better(tile, keep, first, pass, outcome);
    first = false;
  };
  for (std::size_t restart = 0; restart < attack_.restarts; ++restart) {
    if (restart > 0 || attack_.random_start) {
      draw_random_start(attack_, position_, geometry_, tile, draws, restart, perturbation_.data());
      clip(tile);
      unperturbed = false;
    } else {
      std::fill_n(perturbation_.data(), tile.size() * geometry_.input_size, T(0));
    }
    if (!unperturbed) apply(tile);
    for (std::size_t step = 0; step < attack_.steps; ++step) {
      if (cancellation.cancelled()) return;
      if (keep == Keep::worst_margin)
        judge();
      else
        forward();
      ascend(network, tile, pass, outcome);
      unperturbed = false;
    }
    if (keep != Keep::unjudged) judge();
  }
  if (keep == Keep::unjudged) {
    std::copy_n(perturbation_.data(), tile.size() * geometry_.input_size,
                outcome.perturbation.data());
  }
}

template class GradientAttackRunner<float>;
template class GradientAttackRunner<double>;

}  // namespace robust_features
