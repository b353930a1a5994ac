#include "engine/span_attack.hpp"

#include <algorithm>

#include "engine/blas.hpp"
#include "engine/random_start.hpp"

namespace robust_features {

template <class T>
SpanAttackRunner<T>::SpanAttackRunner(const GradientAttack& attack, std::size_t position,
                                      const SpanBasis<T>& basis, const PatchGeometry& geometry,
                                      std::size_t capacity)
    : attack_(attack),
      position_(position),
      basis_(basis),
      geometry_(geometry),
      columns_(padded_columns(basis.filters())),
      rows_per_ball_(attack.budget == Budget::patch ? 1 : geometry.patches),
      random_(false) {
  const std::size_t rows = capacity * geometry.patches;
  coefficients_ = AlignedBuffer<T>(rows * columns_);
  shift_ = AlignedBuffer<T>(rows * columns_);
  image_ = AlignedBuffer<T>(rows * columns_);
  if (!attack.random_start && attack.restarts == 1) return;
  start_ = AlignedBuffer<T>(rows * geometry.dimension);
  start_image_ = AlignedBuffer<T>(rows * columns_);
  start_scale_ = AlignedBuffer<T>(rows / rows_per_ball_);
  start_square_.resize(rows / rows_per_ball_);
}

template <class T>
void SpanAttackRunner<T>::start(const Network<T>& network, const TileSamples<T>& tile,
                                const AttackDraws& draws, std::size_t restart) {
  const std::size_t rows = tile.size() * geometry_.patches;
  std::fill_n(coefficients_.data(), rows * columns_, T(0));
  std::fill_n(shift_.data(), rows * columns_, T(0));
  random_ = restart > 0 || attack_.random_start;
  if (!random_) return;
  draw_random_start(attack_, position_, geometry_, tile, draws, restart, start_.data());
  blas::product_nt(rows, basis_.filters(), geometry_.dimension, start_.data(), network.weights,
                   start_image_.data(), columns_);
  const std::size_t length = rows_per_ball_ * geometry_.dimension;
  for (std::size_t ball = 0; ball < rows / rows_per_ball_; ++ball) {
    const double norm = l2_norm(start_.data() + ball * length, length);
    start_square_[ball] = norm * norm;
    start_scale_[ball] = 1;
  }
}

template <class T>
void SpanAttackRunner<T>::forward(const Network<T>& network, const TileSamples<T>& tile,
                                  TilePass<T>& pass) {
  const std::size_t rows = tile.size() * geometry_.patches;
  kernel_table<T>().add(tile.z, shift_.data(), pass.z(), rows * columns_);
  if (random_) {
    const std::size_t length = rows_per_ball_ * columns_;
    for (std::size_t ball = 0; ball < rows / rows_per_ball_; ++ball) {
      kernel_table<T>().add_scaled(start_scale_[ball], start_image_.data() + ball * length,
                                   pass.z() + ball * length, length);
    }
  }
  pass.forward_from_z(network, tile.inputs, tile.size());
}

template <class T>
void SpanAttackRunner<T>::ascend(const Network<T>& network, const TileSamples<T>& tile,
                                 TilePass<T>& pass, SpanOutcome<T>& outcome) {
  const KernelTable<T>& kernels = kernel_table<T>();
  const std::size_t rows = tile.size() * geometry_.patches;
  const std::size_t length = rows_per_ball_ * columns_;
  const bool normalized = attack_.rule == Rule::normalized;
  pass.residuals(attack_.loss, tile.labels);
  pass.slopes(network,
              normalized ? TilePass<T>::Scaling::direction_only : TilePass<T>::Scaling::loss, 1.0,
              attack_.surrogate_slope);
  T* direction = pass.z();
  for (std::size_t s = 0; s < tile.size(); ++s) {
    T* sample = direction + s * geometry_.patches * columns_;
    if (kernels.largest_magnitude(sample, geometry_.patches * columns_) > 0)
      outcome.vanished[s] = 0;
    if (normalized) rescale_faint_balls(sample, length, geometry_.patches / rows_per_ball_);
  }
  blas::product_nn(rows, basis_.filters(), basis_.filters(), direction, columns_, basis_.gram(),
                   image_.data(), columns_);
  const SpanStep step{normalized, attack_.step_size, attack_.radius,
                      kFarthestStep<T> * attack_.radius};
  for (std::size_t ball = 0; ball < rows / rows_per_ball_; ++ball) {
    kernels.span_step(step, direction + ball * length, image_.data() + ball * length,
                      random_ ? start_image_.data() + ball * length : nullptr,
                      random_ ? start_square_[ball] : 0, random_ ? &start_scale_[ball] : nullptr,
                      coefficients_.data() + ball * length, shift_.data() + ball * length, length);
  }
}

template <class T>
void SpanAttackRunner<T>::write(std::size_t sample, const T* z, SpanOutcome<T>& outcome) const {
  const std::size_t first = sample * geometry_.patches;
  for (std::size_t row = first; row < first + geometry_.patches; ++row) {
    T* out = outcome.coefficients.data() + row * basis_.columns();
    std::copy_n(coefficients_.data() + row * columns_, basis_.filters(), out);
    std::fill(out + basis_.filters(), out + basis_.columns(), T(0));
    if (outcome.start.size() == 0) continue;
    T* start = outcome.start.data() + row * geometry_.dimension;
    std::fill_n(start, geometry_.dimension, T(0));
    if (random_) {
      kernel_table<T>().add_scaled(start_scale_[row / rows_per_ball_],
                                   start_.data() + row * geometry_.dimension, start,
                                   geometry_.dimension);
    }
  }
  std::copy_n(z, geometry_.patches * columns_, outcome.z.data() + first * columns_);
}

template <class T>
void SpanAttackRunner<T>::keep_better(const TileSamples<T>& tile, Keep keep, bool first,
                                      TilePass<T>& pass, SpanOutcome<T>& outcome) {
  pass.residuals(LossKind::cross_entropy, tile.labels);
  for (std::size_t s = 0; s < tile.size(); ++s) {
    const Residual& now = pass.residuals()[s];
    if (!first && !improves(keep, now, outcome.margin[s], outcome.loss[s])) continue;
    outcome.margin[s] = now.margin;
    outcome.loss[s] = now.loss;
    write(s, pass.z() + s * geometry_.patches * columns_, outcome);
  }
}

template <class T>
void SpanAttackRunner<T>::run(const Network<T>& network, const TileSamples<T>& tile,
                              const AttackDraws& draws, std::size_t first_restart,
                              std::size_t last_restart, Keep keep, const Cancellation& cancellation,
                              TilePass<T>& pass, SpanOutcome<T>& outcome) {
  std::fill_n(outcome.vanished.begin(), tile.size(), std::uint8_t{attack_.steps > 0});
  bool first = true;
  for (std::size_t restart = first_restart; restart < last_restart; ++restart) {
    start(network, tile, draws, restart);
    for (std::size_t step = 0; step < attack_.steps; ++step) {
      if (cancellation.cancelled()) return;
      forward(network, tile, pass);
      if (keep == Keep::worst_margin) {
        keep_better(tile, keep, first, pass, outcome);
        first = false;
      }
      ascend(network, tile, pass, outcome);
    }
    forward(network, tile, pass);
    keep_better(tile, keep, first, pass, outcome);
    first = false;
  }
}

template class SpanAttackRunner<float>;
template class SpanAttackRunner<double>;

}  // namespace robust_features
