#pragma once

#include "engine/span_basis.hpp"

namespace robust_features {

// GradientAttackRunner's ascent without the d-dimensional inputs (see SpanAscent): a step costs one
// product with G, sample by sample, so that everything it touches stays in the nearest caches.
// Exact; for l2 balls without box bounds on patches that do not overlap.
template <class T>
class SpanAttackRunner {
 public:
  SpanAttackRunner(const GradientAttack& attack, std::size_t position, const SpanBasis<T>& basis,
                   const NetworkShape& shape, const PatchGeometry& geometry, std::size_t capacity);

  // Restarts first … last − 1, from tile.z; polls the cancellation at every step and then leaves
  // the outcome unfilled.
  void run(const PreparedNetwork<T>& network, const TileSamples<T>& tile, const AttackDraws& draws,
           std::size_t first_restart, std::size_t last_restart, Keep keep,
           const Cancellation& cancellation, SpanOutcome<T>& outcome);

 private:
  void draw_starts(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                   const AttackDraws& draws, std::size_t restart);
  // One restart of one sample; false where it was cancelled.
  bool climb(const PreparedNetwork<T>& network, const TileSamples<T>& tile, std::size_t sample,
             Keep keep, bool first, const Cancellation& cancellation, SpanOutcome<T>& outcome);
  // Column sums of the start. U and c are left to the first step unless they are `wanted` before.
  void start(const PreparedNetwork<T>& network, const TileSamples<T>& tile, std::size_t sample,
             bool wanted);
  bool ascend(const SpanAscent<T>& ascent, const TileSamples<T>& tile, std::size_t sample,
              bool first_step);
  Residual score(LossKind loss, std::int32_t label);
  // The sample's place in the outcome, or buffers of our own where two results are compared.
  void choose_place(std::size_t sample, bool in_outcome, SpanOutcome<T>& outcome);
  void write(std::size_t sample, SpanOutcome<T>& outcome) const;

  const GradientAttack& attack_;
  std::size_t position_;
  const SpanBasis<T>& basis_;
  NetworkShape shape_;
  const PatchGeometry& geometry_;
  std::size_t columns_, rows_per_ball_, rows_per_block_;
  bool random_;                           // whether this restart has random starts
  AlignedBuffer<T> start_, start_image_;  // of the tile: δ₀ (rows × dimension) and δ₀ Wᵀ
  std::vector<double> square_;            // ‖δ‖² of every ball
  AlignedBuffer<T> start_scale_;          // s of every ball
  // Of one sample, P × columns: U, c and y.
  AlignedBuffer<T> own_preactivations_, own_coefficients_, shift_;
  T *preactivations_, *coefficients_;
  AlignedBuffer<T> direction_, image_;  // of one block: D and D G
  AlignedBuffer<T> column_residual_;
  std::vector<double> block_sums_, column_sums_, scores_, residual_;
};

}  // namespace robust_features
