#pragma once

#include "engine/attack.hpp"

namespace robust_features {

// Unit perturbations of the feature-aligned attack. Row (y, own kind, j, c): away from the patch's
// own feature (u_y or v_y) and toward candidate c of class j, of unit ℓ2 (or ℓ∞) norm:
//   ℓ2: −sin θ · own + cos θ · t,          t ∈ {u_j, v_j},           θ = π/2 · s/(splits − 1)
//   ℓ∞: sign(−a · own + (1 − a) · t),      t ∈ {u_j, v_j, u_j + v_j}, a = s/(splits − 1)
// `update` adds what each does to every filter's pre-activation, so that a candidate costs no
// product.
template <class T>
class AlignedDirections {
 public:
  AlignedDirections(const AlignedAttack& attack, const NetworkShape& shape);

  void update(const Network<T>& network);
  // coefficients (of the 2k features u_1 … u_k, v_1 … v_k) of radius · direction(row)
  void write_coefficients(std::size_t row, T radius, T* coefficients) const;

  std::size_t candidates() const { return candidates_; }
  std::size_t row(std::size_t label, bool own_is_robust, std::size_t target,
                  std::size_t candidate) const;
  const T* direction(std::size_t row) const { return directions_.data() + row * dimension_; }
  const T* shift(std::size_t row) const { return shifts_.data() + row * columns_; }

 private:
  std::size_t classes_, dimension_, filters_, columns_, candidates_, splits_;
  AlignedBuffer<T> directions_;  // rows × dimension
  AlignedBuffer<T> shifts_;      // rows × columns, the length of a row of Z
};

// The attack on one tile: for every wrong class the worst candidate, shared by all patches or
// chosen patch by patch (the class margin is a sum over patches, so that choice is exact), and of
// these the smallest margin.
template <class T>
class AlignedAttackRunner {
 public:
  AlignedAttackRunner(const AlignedAttack& attack, const AlignedDirections<T>& directions,
                      const PatchGeometry& geometry, const NetworkShape& shape,
                      std::size_t capacity);

  // Both start from tile.z, poll the cancellation at every sample and then leave the outcome
  // unfilled.
  void run(const PreparedNetwork<T>& network, const TileSamples<T>& tile, Keep keep,
           const Cancellation& cancellation, TilePass<T>& pass, TileOutcome<T>& outcome);
  // As coefficients of a basis of `basis_columns` with the features from column `filters` on.
  void run_in_span(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                   std::size_t basis_columns, const Cancellation& cancellation, TilePass<T>& pass,
                   SpanOutcome<T>& outcome);

 private:
  // Which patches share the radius when the whole input has one ball.
  enum class Allocation : std::uint8_t { all, robust, non_robust };
  // A candidate for every patch, with the radius each may use.
  struct Choice {
    std::size_t target = 0;
    std::vector<std::size_t> candidate;
    std::vector<double> radius;
  };

  void find_own_features(const T* inputs, std::size_t label);
  bool allocate(Allocation allocation);
  void choose_per_patch(const Network<T>& network, const T* z, std::size_t label,
                        std::size_t target);
  double margin_of_choice(const Network<T>& network, const T* z, std::size_t label);
  // Leaves the worst choice in worst_.
  void attack_sample(const Network<T>& network, const T* inputs, const T* z, std::size_t label);
  std::size_t chosen_row(const Choice& choice, std::size_t label, std::size_t patch) const;
  void shift_z(const Choice& choice, const T* z, std::size_t label, T* shifted) const;
  void write_perturbation(std::size_t label, T* perturbation) const;

  const AlignedAttack& attack_;
  const AlignedDirections<T>& directions_;
  const PatchGeometry& geometry_;
  NetworkShape shape_;
  AlignedBuffer<T> robust_features_, non_robust_features_;
  std::size_t columns_;
  AlignedBuffer<T> shifted_z_;             // P × columns
  AlignedBuffer<T> pair_z_, pair_values_;  // P × 2m: the target's filters, then the own class's
  AlignedBuffer<T> perturbed_;
  AlignedBuffer<double> column_sums_, scores_, residual_;
  std::vector<std::uint8_t> own_is_robust_;
  std::vector<double> best_gain_;
  Choice choice_, worst_;
};

}  // namespace robust_features
