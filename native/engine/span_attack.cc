#include "engine/span_attack.hpp"

#include <algorithm>

#include "engine/random_start.hpp"

namespace robust_features {

namespace {
// Twice what the product keeps in registers: D, Q and the rest of a block stay in the first-level
// cache.
constexpr std::size_t kRowsPerBlock = 12;
}  // namespace

template <class T>
SpanAttackRunner<T>::SpanAttackRunner(const GradientAttack& attack, std::size_t position,
                                      const SpanBasis<T>& basis, const NetworkShape& shape,
                                      const PatchGeometry& geometry, std::size_t capacity)
    : attack_(attack),
      position_(position),
      basis_(basis),
      shape_(shape),
      geometry_(geometry),
      columns_(padded_columns(basis.filters())),
      rows_per_ball_(attack.budget == Budget::patch ? 1 : geometry.patches),
      rows_per_block_(attack.budget == Budget::patch ? kRowsPerBlock : geometry.patches),
      random_(false),
      square_(capacity * geometry.patches / rows_per_ball_),
      own_preactivations_(geometry.patches * columns_),
      own_coefficients_(geometry.patches * columns_),
      shift_(geometry.patches * columns_),
      preactivations_(nullptr),
      coefficients_(nullptr),
      direction_(rows_per_block_ * columns_),
      image_(rows_per_block_ * columns_),
      column_residual_(columns_),
      block_sums_(columns_),
      column_sums_(columns_),
      scores_(shape.classes),
      residual_(shape.classes) {
  if (!attack.random_start && attack.restarts == 1) return;
  const std::size_t rows = capacity * geometry.patches;
  start_ = AlignedBuffer<T>(rows * geometry.dimension);
  start_image_ = AlignedBuffer<T>(rows * columns_);
  start_scale_ = AlignedBuffer<T>(rows / rows_per_ball_);
}

template <class T>
void SpanAttackRunner<T>::draw_starts(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                                      const AttackDraws& draws, std::size_t restart) {
  random_ = restart > 0 || attack_.random_start;
  std::fill(square_.begin(), square_.end(), 0.0);
  if (!random_) return;
  const std::size_t rows = tile.size() * geometry_.patches;
  draw_random_start(attack_, position_, geometry_, tile, draws, restart, start_.data());
  network.forward.multiply(rows, start_.data(), geometry_.dimension, start_image_.data(), columns_);
  const std::size_t length = rows_per_ball_ * geometry_.dimension;
  for (std::size_t ball = 0; ball < rows / rows_per_ball_; ++ball) {
    const double norm = l2_norm(start_.data() + ball * length, length);
    square_[ball] = norm * norm;
    start_scale_[ball] = 1;
  }
}

template <class T>
void SpanAttackRunner<T>::choose_place(std::size_t sample, bool in_outcome,
                                       SpanOutcome<T>& outcome) {
  const std::size_t first = sample * geometry_.patches;
  // Where features follow the filters, rows of the outcome may be longer than ours; where they are
  // not, the features lie in our padding, which is written as zero.
  const bool same_rows = basis_.columns() == columns_;
  preactivations_ = in_outcome ? outcome.z.data() + first * columns_ : own_preactivations_.data();
  coefficients_ = in_outcome && same_rows ? outcome.coefficients.data() + first * columns_
                                          : own_coefficients_.data();
}

template <class T>
void SpanAttackRunner<T>::start(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                                std::size_t sample, bool wanted) {
  const std::size_t numbers = geometry_.patches * columns_;
  const T* z = tile.z + sample * numbers;
  if (wanted) std::fill_n(coefficients_, numbers, T(0));
  if (random_) {
    kernel_table<T>().add(z, start_image_.data() + sample * numbers, preactivations_, numbers);
    z = preactivations_;
  } else if (wanted) {
    std::copy_n(z, numbers, preactivations_);
  }
  kernel_table<T>().activation_column_sums(network.activation, z, geometry_.patches, columns_,
                                           column_sums_.data());
}

template <class T>
Residual SpanAttackRunner<T>::score(LossKind loss, std::int32_t label) {
  add_up_scores(shape_, column_sums_.data(), scores_.data());
  return residual(loss, scores_, static_cast<std::size_t>(label), residual_);
}

template <class T>
bool SpanAttackRunner<T>::ascend(const SpanAscent<T>& ascent, const TileSamples<T>& tile,
                                 std::size_t sample, bool first_step) {
  const std::size_t first = sample * geometry_.patches;
  std::fill(column_sums_.begin(), column_sums_.end(), 0.0);
  bool moved = false;
  for (std::size_t row = 0; row < geometry_.patches; row += rows_per_block_) {
    const std::size_t ball = (first + row) / rows_per_ball_;
    const T* z = tile.z + (first + row) * columns_;
    T* preactivations = preactivations_ + row * columns_;
    const SpanBlock<T> block{std::min(rows_per_block_, geometry_.patches - row),
                             rows_per_ball_,
                             z,
                             column_residual_.data(),
                             first_step && !random_ ? z : preactivations,
                             preactivations,
                             coefficients_ + row * columns_,
                             shift_.data() + row * columns_,
                             first_step,
                             square_.data() + ball,
                             random_ ? start_image_.data() + (first + row) * columns_ : nullptr,
                             random_ ? start_scale_.data() + ball : nullptr,
                             direction_.data(),
                             image_.data()};
    if (kernel_table<T>().span_ascend(ascent, block, block_sums_.data())) moved = true;
    for (std::size_t c = 0; c < columns_; ++c) column_sums_[c] += block_sums_[c];
  }
  return moved;
}

template <class T>
void SpanAttackRunner<T>::write(std::size_t sample, SpanOutcome<T>& outcome) const {
  const std::size_t first = sample * geometry_.patches;
  for (std::size_t p = 0; p < geometry_.patches; ++p) {
    const std::size_t row = first + p;
    T* out = outcome.coefficients.data() + row * basis_.columns();
    if (coefficients_ == own_coefficients_.data()) {
      std::copy_n(coefficients_ + p * columns_, basis_.filters(), out);
      std::fill(out + basis_.filters(), out + basis_.columns(), T(0));
    }
    if (outcome.start.size() == 0) continue;
    T* start = outcome.start.data() + row * geometry_.dimension;
    std::fill_n(start, geometry_.dimension, T(0));
    if (random_) {
      kernel_table<T>().add_scaled(start_scale_[row / rows_per_ball_],
                                   start_.data() + row * geometry_.dimension, start,
                                   geometry_.dimension);
    }
  }
  T* z = outcome.z.data() + first * columns_;
  if (z != preactivations_) std::copy_n(preactivations_, geometry_.patches * columns_, z);
  std::copy(scores_.begin(), scores_.end(), outcome.scores.begin() + sample * shape_.classes);
}

template <class T>
bool SpanAttackRunner<T>::climb(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                                std::size_t sample, Keep keep, bool first,
                                const Cancellation& cancellation, SpanOutcome<T>& outcome) {
  const std::int32_t label = tile.labels[sample];
  const auto keep_better = [&] {
    const Residual now = score(LossKind::cross_entropy, label);
    if (!first && !improves(keep, now, outcome.margin[sample], outcome.loss[sample])) return;
    first = false;
    outcome.margin[sample] = now.margin;
    outcome.loss[sample] = now.loss;
    write(sample, outcome);
  };
  const bool normalized = attack_.rule == Rule::normalized;
  const SpanAscent<T> ascent{network.activation, static_cast<T>(attack_.surrogate_slope),
                             normalized,         attack_.step_size,
                             attack_.radius,     kFarthestStep<T> * attack_.radius,
                             basis_.filters(),   columns_,
                             basis_.gram()};
  // Nothing is compared where only the last iterate of the first start counts.
  choose_place(sample, first && keep != Keep::worst_margin, outcome);
  start(network, tile, sample, keep == Keep::worst_margin || attack_.steps == 0);
  for (std::size_t step = 0; step < attack_.steps; ++step) {
    if (cancellation.cancelled()) return false;
    if (keep == Keep::worst_margin) keep_better();
    const Residual now = score(attack_.loss, label);
    spread_residual(shape_, normalized ? 1.0 : now.scale, residual_.data(),
                    column_residual_.data());
    if (ascend(ascent, tile, sample, step == 0)) outcome.vanished[sample] = 0;
  }
  keep_better();
  return true;
}

template <class T>
void SpanAttackRunner<T>::run(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                              const AttackDraws& draws, std::size_t first_restart,
                              std::size_t last_restart, Keep keep, const Cancellation& cancellation,
                              SpanOutcome<T>& outcome) {
  std::fill_n(outcome.vanished.begin(), tile.size(), std::uint8_t{attack_.steps > 0});
  for (std::size_t restart = first_restart; restart < last_restart; ++restart) {
    draw_starts(network, tile, draws, restart);
    for (std::size_t sample = 0; sample < tile.size(); ++sample) {
      const bool first = restart == first_restart;
      if (!climb(network, tile, sample, keep, first, cancellation, outcome)) return;
    }
  }
}

template class SpanAttackRunner<float>;
template class SpanAttackRunner<double>;

}  // namespace robust_features
