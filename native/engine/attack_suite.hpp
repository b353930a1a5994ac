#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "engine/aligned_attack.hpp"
#include "engine/attack.hpp"
#include "engine/gradient_attack.hpp"
#include "engine/span_attack.hpp"

namespace robust_features {

// A list of attacks with what all workers share; `prepare` whenever the weights change.
template <class T>
class AttackSuite {
 public:
  // first_position: place of the first attack in the user's list, a key of its random starts.
  AttackSuite(std::vector<Attack> attacks, const NetworkShape& shape, const PatchGeometry& geometry,
              std::size_t first_position = 0);

  void prepare(const PreparedNetwork<T>& network);
  const std::vector<Attack>& attacks() const { return attacks_; }
  const AlignedDirections<T>& directions(std::size_t attack) const { return *directions_[attack]; }

  // Whether all attacks work on coefficients, so that training needs no perturbation in d
  // dimensions.
  bool in_span() const { return basis_ != nullptr; }
  const SpanBasis<T>& basis() const { return *basis_; }
  bool random_starts() const;
  std::size_t position(std::size_t attack) const { return first_position_ + attack; }

 private:
  std::vector<Attack> attacks_;
  std::size_t first_position_;
  std::vector<std::unique_ptr<AlignedDirections<T>>> directions_;  // null for gradient attacks
  std::unique_ptr<SpanBasis<T>> basis_;
};

// Why the attack cannot work on coefficients; null where it can.
const char* obstacle_to_span(const Attack& attack, const PatchGeometry& geometry);

// One worker's buffers for running the suite tile by tile. A cancelled run leaves its outcome
// unfilled.
template <class T>
class AttackWorker {
 public:
  AttackWorker(const AttackSuite<T>& suite, const PatchGeometry& geometry,
               const NetworkShape& shape, std::size_t capacity);

  // Sets tile.z, which attacks that start from it otherwise set for themselves.
  void pass_unperturbed(const PreparedNetwork<T>& network, TileSamples<T>& tile, TilePass<T>& pass);

  // Evaluation with the suite's only attack: the smallest margin it reaches. Loss and margin are of
  // a fresh forward pass on the perturbation.
  void run(const PreparedNetwork<T>& network, TileSamples<T> tile, const AttackDraws& draws,
           const Cancellation& cancellation, TilePass<T>& pass, TileOutcome<T>& outcome);

  // Training: per sample the perturbation with the largest cross-entropy over the attacks. `loss`
  // and `margin` are not filled where a single attack leaves nothing to compare.
  void run_worst(const PreparedNetwork<T>& network, TileSamples<T> tile, const AttackDraws& draws,
                 const Cancellation& cancellation, TilePass<T>& pass, TileOutcome<T>& outcome);
  // The same as coefficients, where suite.in_span().
  void run_worst_in_span(const PreparedNetwork<T>& network, TileSamples<T> tile,
                         const AttackDraws& draws, const Cancellation& cancellation,
                         TilePass<T>& pass, SpanOutcome<T>& outcome);

 private:
  using Runner = std::variant<GradientAttackRunner<T>, AlignedAttackRunner<T>, SpanAttackRunner<T>>;

  void pass_if_wanted(const PreparedNetwork<T>& network, TileSamples<T>& tile, TilePass<T>& pass);
  void run_kept(std::size_t attack, const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                const AttackDraws& draws, Keep keep, const Cancellation& cancellation,
                TilePass<T>& pass, TileOutcome<T>& outcome);
  void run_in_span(std::size_t attack, const PreparedNetwork<T>& network,
                   const TileSamples<T>& tile, const AttackDraws& draws, std::size_t first_restart,
                   std::size_t last_restart, Keep keep, const Cancellation& cancellation,
                   TilePass<T>& pass, SpanOutcome<T>& outcome);
  std::size_t restarts_of(std::size_t attack) const;
  // The perturbation of span_kept_, scored anew and kept where it is the worst so far.
  void judge_span(const Attack& attack, const PreparedNetwork<T>& network,
                  const TileSamples<T>& tile, bool first, TilePass<T>& pass,
                  TileOutcome<T>& outcome);
  void write_perturbation(const Attack& attack, std::size_t samples, T* perturbation) const;

  const AttackSuite<T>& suite_;
  const PatchGeometry& geometry_;
  std::vector<Runner> runners_;
  AlignedBuffer<T> z_;  // of the unperturbed tile
  std::unique_ptr<TileOutcome<T>> challenger_;
  std::unique_ptr<SpanOutcome<T>> span_challenger_, span_kept_;
  AlignedBuffer<T> perturbation_, perturbed_;
};

}  // namespace robust_features
