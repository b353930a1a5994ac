#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "engine/aligned_attack.hpp"
#include "engine/attack.hpp"
#include "engine/gradient_attack.hpp"

namespace robust_features {

// A list of attacks with what all workers share; `prepare` whenever the weights change.
template <class T>
class AttackSuite {
 public:
  AttackSuite(std::vector<Attack> attacks, const NetworkShape& shape);

  void prepare(const Network<T>& network);
  const std::vector<Attack>& attacks() const { return attacks_; }
  const AlignedDirections<T>& directions(std::size_t attack) const { return *directions_[attack]; }

 private:
  std::vector<Attack> attacks_;
  std::vector<std::unique_ptr<AlignedDirections<T>>> directions_;  // null for gradient attacks
};

// One worker's buffers for running the suite tile by tile. A cancelled run leaves its outcome
// unfilled.
template <class T>
class AttackWorker {
 public:
  AttackWorker(const AttackSuite<T>& suite, const PatchGeometry& geometry,
               const NetworkShape& shape, std::size_t capacity);

  // Evaluation: the smallest margin attack number `attack` can reach.
  void run(std::size_t attack, const Network<T>& network, const TileSamples<T>& tile,
           const AttackDraws& draws, const Cancellation& cancellation, TilePass<T>& pass,
           TileOutcome<T>& outcome);

  // Training: per sample the perturbation with the largest cross-entropy over the attacks. `loss`
  // and `margin` are not filled where a single attack leaves nothing to compare.
  void run_worst(const Network<T>& network, const TileSamples<T>& tile, const AttackDraws& draws,
                 const Cancellation& cancellation, TilePass<T>& pass, TileOutcome<T>& outcome);

 private:
  void run(std::size_t attack, const Network<T>& network, const TileSamples<T>& tile,
           const AttackDraws& draws, Keep keep, const Cancellation& cancellation, TilePass<T>& pass,
           TileOutcome<T>& outcome);

  const AttackSuite<T>& suite_;
  std::size_t input_size_;
  std::vector<std::variant<GradientAttackRunner<T>, AlignedAttackRunner<T>>> runners_;
  TileOutcome<T> challenger_;
};

}  // namespace robust_features
