#pragma once

#include "engine/attack.hpp"

namespace robust_features {

// Gradient ascent from one or several starts (one step, PGD), one tile at a time:
//   1. start: zero, or uniform in the ball;
//   2. gradient of the sample's own loss at input + perturbation;
//   3. step by the rule, projection on the ball, clipping to the box; again from 2.
template <class T>
class GradientAttackRunner {
 public:
  GradientAttackRunner(const GradientAttack& attack, std::size_t position,
                       const PatchGeometry& geometry, std::size_t capacity);

  // From tile.z where the attack starts unperturbed. Polls the cancellation at every step and then
  // leaves the outcome unfilled.
  void run(const PreparedNetwork<T>& network, const TileSamples<T>& tile, const AttackDraws& draws,
           Keep keep, const Cancellation& cancellation, TilePass<T>& pass, TileOutcome<T>& outcome);

 private:
  // perturbed = inputs + perturbation
  void apply(const TileSamples<T>& tile);
  // One step on every ball, after which perturbed_ is up to date again.
  void ascend(const PreparedNetwork<T>& network, const TileSamples<T>& tile, TilePass<T>& pass,
              TileOutcome<T>& outcome);
  void keep_better(const TileSamples<T>& tile, Keep keep, bool first, TilePass<T>& pass,
                   TileOutcome<T>& outcome);
  // Steps and projects the balls of one sample; returns whether its gradient has a number but 0.
  bool ascend_sample(const T* gradient, T* perturbation) const;
  void clip(const TileSamples<T>& tile);

  const GradientAttack& attack_;
  std::size_t position_;
  const PatchGeometry& geometry_;
  std::size_t ball_length_;
  AlignedBuffer<T> perturbation_, perturbed_, gradient_;
};

}  // namespace robust_features
