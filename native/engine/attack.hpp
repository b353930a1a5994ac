#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "engine/aligned_buffer.hpp"
#include "engine/cancellation.hpp"
#include "engine/network.hpp"
#include "engine/patch_data.hpp"
#include "engine/tile_pass.hpp"
#include "kernels/ball.hpp"
#include "kernels/softmax.hpp"

namespace robust_features {

enum class Budget : std::uint8_t { patch, input };

// Where an l2 attack does its arithmetic: on the coefficients of the filters (`gram`, exact), or on
// the numbers of the input (`direct`); `automatic` takes the cheaper one.
enum class AttackSpace : std::uint8_t { automatic, gram, direct };

struct GradientAttack {
  LossKind loss;
  Rule rule;
  Norm norm;
  Budget budget;
  double radius;
  std::size_t steps;
  double step_size;
  bool random_start;  // of restart 0; later restarts always start at random
  std::size_t restarts;
  double surrogate_slope;
  double lower, upper;  // box bounds on the perturbed input, ±infinity for none
  AttackSpace space = AttackSpace::automatic;

  bool bounded() const;
  // Whether the first pass is over the data as they are.
  bool starts_unperturbed() const { return !random_start && !bounded(); }
};

struct AlignedAttack {
  Norm norm;
  Budget budget;
  double radius;
  std::size_t splits;
  enum class Selection : std::uint8_t { shared, per_patch } selection;
  std::vector<double> robust_features, non_robust_features;  // classes × dimension
};

using Attack = std::variant<GradientAttack, AlignedAttack>;

// Which perturbation of a gradient attack counts: the start, iterate or restart with the smallest
// margin (evaluation), or of the last iterates the one with the largest cross-entropy (training).
// With one restart nothing has to be compared: `unjudged` skips the forward pass that would fill
// loss and margin.
enum class Keep : std::uint8_t { worst_margin, last_iterate, unjudged };

// The worse of two margins is the smaller one; NaN, of a network that overflows, is the worst of
// all.
inline bool is_worse_margin(double margin, double kept) {
  return !(margin >= kept) && !std::isnan(kept);
}

// Whether a new state of a sample replaces the kept one.
inline bool improves(Keep keep, const Residual& now, double kept_margin, double kept_loss) {
  return keep == Keep::worst_margin ? is_worse_margin(now.margin, kept_margin)
                                    : is_worse_margin(-now.loss, -kept_loss);
}

// Where the random starts come from; see docs/numerics.md for the streams.
struct AttackDraws {
  std::uint64_t seed;
  std::uint32_t round;
};

// One tile of samples under attack.
template <class T>
struct TileSamples {
  const T* inputs;  // samples × input_size
  std::span<const std::int32_t> labels;
  std::span<const std::int32_t> indices;  // positions in the data set, the keys of random starts
  const T* z = nullptr;                   // pre-activations, for the attacks that start from them

  std::size_t size() const { return labels.size(); }
};

// What an attack did to the samples of a tile; the rows are reused from tile to tile.
template <class T>
struct TileOutcome {
  AlignedBuffer<T> perturbation;       // samples × input_size
  std::vector<double> loss, margin;    // cross-entropy and F_y − max F_j under the perturbation
  std::vector<std::uint8_t> vanished;  // every gradient met was exactly zero

  TileOutcome(std::size_t capacity, std::size_t input_size)
      : perturbation(capacity * input_size), loss(capacity), margin(capacity), vanished(capacity) {}
};

// The same with perturbations kept as coefficients C of a basis B (filters, then features): start +
// C B. With the pre-activations and class scores under it nothing is left to send forward.
template <class T>
struct SpanOutcome {
  AlignedBuffer<T> coefficients;  // samples·P × basis columns
  AlignedBuffer<T> z;             // samples·P × padded filters
  AlignedBuffer<T> start;         // samples × input_size, where the suite has random starts
  std::vector<double> scores;     // samples × classes
  std::vector<double> loss, margin;
  std::vector<std::uint8_t> vanished;

  SpanOutcome(std::size_t capacity, const PatchGeometry& geometry, const NetworkShape& shape,
              std::size_t basis_columns, bool random_starts)
      : coefficients(capacity * geometry.patches * basis_columns),
        z(capacity * geometry.patches * padded_columns(shape.filters())),
        start(random_starts ? capacity * geometry.input_size : 0),
        scores(capacity * shape.classes),
        loss(capacity),
        margin(capacity),
        vanished(capacity) {}
};

// out = inputs + perturbation, held in the box where there is one.
template <class T>
void apply_perturbation(const T* inputs, const T* perturbation, double lower, double upper, T* out,
                        std::size_t n);

// Length of one ball: a patch, or the whole input.
std::size_t numbers_in_ball(const PatchGeometry& geometry, Budget budget);

// Projects every ball of one sample.
template <class T>
void project_balls(const PatchGeometry& geometry, Norm norm, Budget budget, double radius,
                   T* perturbation);

// Largest norm over a sample's balls.
template <class T>
double perturbation_norm(const PatchGeometry& geometry, Norm norm, Budget budget,
                         const T* perturbation);

Norm attack_norm(const Attack& attack);
Budget attack_budget(const Attack& attack);
double attack_lower(const Attack& attack);
double attack_upper(const Attack& attack);

}  // namespace robust_features
