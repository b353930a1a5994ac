#pragma once

#include "engine/span_basis.hpp"

namespace robust_features {

// GradientAttackRunner's ascent without the d-dimensional inputs: with δ = s δ₀ + c W the
// pre-activations are Z + s δ₀ Wᵀ + y, y = c G, and a step D W of the gradient is a step D of c and
// D G of y. A step costs one product with G. Exact; for l2 balls without box bounds on patches that
// do not overlap.
template <class T>
class SpanAttackRunner {
 public:
  SpanAttackRunner(const GradientAttack& attack, std::size_t position, const SpanBasis<T>& basis,
                   const PatchGeometry& geometry, std::size_t capacity);

  // Restarts first … last − 1, from tile.z; polls the cancellation at every step and then leaves
  // the outcome unfilled.
  void run(const Network<T>& network, const TileSamples<T>& tile, const AttackDraws& draws,
           std::size_t first_restart, std::size_t last_restart, Keep keep,
           const Cancellation& cancellation, TilePass<T>& pass, SpanOutcome<T>& outcome);

 private:
  void start(const Network<T>& network, const TileSamples<T>& tile, const AttackDraws& draws,
             std::size_t restart);
  void forward(const Network<T>& network, const TileSamples<T>& tile, TilePass<T>& pass);
  void ascend(const Network<T>& network, const TileSamples<T>& tile, TilePass<T>& pass,
              SpanOutcome<T>& outcome);
  void keep_better(const TileSamples<T>& tile, Keep keep, bool first, TilePass<T>& pass,
                   SpanOutcome<T>& outcome);
  void write(std::size_t sample, const T* z, SpanOutcome<T>& outcome) const;

  const GradientAttack& attack_;
  std::size_t position_;
  const SpanBasis<T>& basis_;
  const PatchGeometry& geometry_;
  std::size_t columns_, rows_per_ball_;
  bool random_;                            // whether this restart has a random start
  AlignedBuffer<T> coefficients_, shift_;  // rows × columns: c and y
  AlignedBuffer<T> image_;                 // D G
  AlignedBuffer<T> start_, start_image_;   // δ₀ (rows × dimension) and δ₀ Wᵀ
  AlignedBuffer<T> start_scale_;           // s of every ball
  std::vector<double> start_square_;       // ‖δ₀‖² of every ball
};

}  // namespace robust_features
