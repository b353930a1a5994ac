#include "engine/aligned_attack.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "engine/blas.hpp"

namespace robust_features {

namespace {

enum class Toward : std::uint8_t { robust, non_robust, both };

double sign(double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : 0.0); }

template <class T>
AlignedBuffer<T> converted(const std::vector<double>& values) {
  AlignedBuffer<T> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<T>(values[i]);
  return out;
}

// Writes the unit perturbation away from `own` and toward the target's features.
template <class T>
void write_direction(Norm norm, double share, Toward toward, const double* own,
                     const double* robust, const double* non_robust, T* out,
                     std::size_t dimension) {
  const double angle = std::numbers::pi / 2 * share;
  for (std::size_t e = 0; e < dimension; ++e) {
    const double target = (toward != Toward::non_robust ? robust[e] : 0.0) +
                          (toward != Toward::robust ? non_robust[e] : 0.0);
    out[e] = static_cast<T>(norm == Norm::l2 ? -std::sin(angle) * own[e] + std::cos(angle) * target
                                             : sign(-share * own[e] + (1 - share) * target));
  }
}

}  // namespace

template <class T>
AlignedDirections<T>::AlignedDirections(const AlignedAttack& attack, const NetworkShape& shape)
    : classes_(shape.classes),
      dimension_(shape.dimension),
      filters_(shape.filters()),
      columns_(padded_columns(filters_)),
      candidates_(attack.splits * (attack.norm == Norm::l2 ? 2 : 3)),
      splits_(attack.splits),
      directions_(classes_ * 2 * classes_ * candidates_ * dimension_),
      shifts_(classes_ * 2 * classes_ * candidates_ * columns_) {
  const auto feature = [&](bool robust, std::size_t i) {
    return (robust ? attack.robust_features : attack.non_robust_features).data() + i * dimension_;
  };
  for (std::size_t label = 0; label < classes_; ++label) {
    for (const bool own_is_robust : {false, true}) {
      for (std::size_t target = 0; target < classes_; ++target) {
        if (target == label) continue;
        for (std::size_t c = 0; c < candidates_; ++c) {
          const double share =
              static_cast<double>(c % attack.splits) / static_cast<double>(attack.splits - 1);
          write_direction(
              attack.norm, share, static_cast<Toward>(c / attack.splits),
              feature(own_is_robust, label), feature(true, target), feature(false, target),
              directions_.data() + row(label, own_is_robust, target, c) * dimension_, dimension_);
        }
      }
    }
  }
}

template <class T>
void AlignedDirections<T>::update(const Network<T>& network) {
  blas::product_nt(classes_ * 2 * classes_ * candidates_, filters_, dimension_, directions_.data(),
                   dimension_, network.weights, shifts_.data(), columns_);
}

template <class T>
void AlignedDirections<T>::write_coefficients(std::size_t row, T radius, T* coefficients) const {
  const std::size_t candidate = row % candidates_;
  const std::size_t target = row / candidates_ % classes_;
  const std::size_t own = row / candidates_ / classes_ / 2;
  const bool own_is_robust = row / candidates_ / classes_ % 2 == 1;
  const auto toward = static_cast<Toward>(candidate / splits_);
  const double angle = std::numbers::pi / 2 * static_cast<double>(candidate % splits_) /
                       static_cast<double>(splits_ - 1);
  std::fill_n(coefficients, 2 * classes_, T(0));
  coefficients[own_is_robust ? own : classes_ + own] = radius * static_cast<T>(-std::sin(angle));
  coefficients[toward == Toward::robust ? target : classes_ + target] =
      radius * static_cast<T>(std::cos(angle));
}

template <class T>
std::size_t AlignedDirections<T>::row(std::size_t label, bool own_is_robust, std::size_t target,
                                      std::size_t candidate) const {
  return ((label * 2 + (own_is_robust ? 1 : 0)) * classes_ + target) * candidates_ + candidate;
}

template <class T>
AlignedAttackRunner<T>::AlignedAttackRunner(const AlignedAttack& attack,
                                            const AlignedDirections<T>& directions,
                                            const PatchGeometry& geometry,
                                            const NetworkShape& shape, std::size_t capacity)
    : attack_(attack),
      directions_(directions),
      geometry_(geometry),
      shape_(shape),
      robust_features_(converted<T>(attack.robust_features)),
      non_robust_features_(converted<T>(attack.non_robust_features)),
      columns_(padded_columns(shape.filters())),
      shifted_z_(geometry.patches * columns_),
      pair_z_(geometry.patches * 2 * shape.filters_per_class),
      pair_values_(pair_z_.size()),
      perturbed_(capacity * geometry.input_size),
      column_sums_(columns_),
      scores_(shape.classes),
      residual_(shape.classes),
      own_is_robust_(geometry.patches),
      best_gain_(geometry.patches) {
  choice_.candidate.resize(geometry.patches);
  choice_.radius.resize(geometry.patches);
}

template <class T>
void AlignedAttackRunner<T>::find_own_features(const T* inputs, std::size_t label) {
  const std::size_t d = geometry_.dimension;
  const auto strength = [&](const AlignedBuffer<T>& features, std::size_t patch) {
    return kernel_table<T>().dot(inputs + patch * d, features.data() + label * d, d);
  };
  for (std::size_t p = 0; p < geometry_.patches; ++p) {
    own_is_robust_[p] = strength(robust_features_, p) >= strength(non_robust_features_, p);
  }
}

// False where the allocation has no patch, or would repeat another.
template <class T>
bool AlignedAttackRunner<T>::allocate(Allocation allocation) {
  const auto shares = [&](std::size_t patch) {
    return allocation == Allocation::all ||
           (allocation == Allocation::robust) == (own_is_robust_[patch] != 0);
  };
  std::size_t sharing = 0;
  for (std::size_t p = 0; p < geometry_.patches; ++p) sharing += shares(p) ? 1 : 0;
  const bool one_ball = attack_.budget == Budget::input && attack_.norm == Norm::l2;
  if (sharing == 0 || (allocation != Allocation::all && !one_ball)) return false;
  const double radius =
      one_ball ? attack_.radius / std::sqrt(static_cast<double>(sharing)) : attack_.radius;
  for (std::size_t p = 0; p < geometry_.patches; ++p) choice_.radius[p] = shares(p) ? radius : 0;
  return true;
}

template <class T>
std::size_t AlignedAttackRunner<T>::chosen_row(const Choice& choice, std::size_t label,
                                               std::size_t patch) const {
  return directions_.row(label, own_is_robust_[patch] != 0, choice.target, choice.candidate[patch]);
}

template <class T>
void AlignedAttackRunner<T>::choose_per_patch(const Network<T>& network, const T* z,
                                              std::size_t label, std::size_t target) {
  const std::size_t m = shape_.filters_per_class;
  std::fill(best_gain_.begin(), best_gain_.end(), -std::numeric_limits<double>::infinity());
  for (std::size_t c = 0; c < directions_.candidates(); ++c) {
    for (std::size_t p = 0; p < geometry_.patches; ++p) {
      const T radius = static_cast<T>(choice_.radius[p]);
      const T* shift = directions_.shift(directions_.row(label, own_is_robust_[p] != 0, target, c));
      const T* row = z + p * columns_;
      T* pair = pair_z_.data() + p * 2 * m;
      for (std::size_t r = 0; r < m; ++r) {
        pair[r] = row[target * m + r] + radius * shift[target * m + r];
        pair[m + r] = row[label * m + r] + radius * shift[label * m + r];
      }
    }
    kernel_table<T>().activation_values(network.activation, pair_z_.data(), pair_values_.data(),
                                        pair_z_.size());
    for (std::size_t p = 0; p < geometry_.patches; ++p) {
      const T* values = pair_values_.data() + p * 2 * m;
      double gain = 0;
      for (std::size_t r = 0; r < m; ++r) {
        gain += static_cast<double>(values[r]) - static_cast<double>(values[m + r]);
      }
      if (gain > best_gain_[p]) {
        best_gain_[p] = gain;
        choice_.candidate[p] = c;
      }
    }
  }
}

template <class T>
void AlignedAttackRunner<T>::shift_z(const Choice& choice, const T* z, std::size_t label,
                                     T* shifted) const {
  for (std::size_t p = 0; p < geometry_.patches; ++p) {
    const T radius = static_cast<T>(choice.radius[p]);
    const T* shift = directions_.shift(chosen_row(choice, label, p));
    for (std::size_t c = 0; c < columns_; ++c) {
      shifted[p * columns_ + c] = z[p * columns_ + c] + radius * shift[c];
    }
  }
}

template <class T>
double AlignedAttackRunner<T>::margin_of_choice(const Network<T>& network, const T* z,
                                                std::size_t label) {
  shift_z(choice_, z, label, shifted_z_.data());
  kernel_table<T>().activation_column_sums(network.activation, shifted_z_.data(), geometry_.patches,
                                           columns_, column_sums_.data());
  add_up_scores(shape_, column_sums_.data(), scores_.data());
  return residual(LossKind::margin, scores_.span(), label, residual_.span()).margin;
}

template <class T>
void AlignedAttackRunner<T>::attack_sample(const Network<T>& network, const T* inputs, const T* z,
                                           std::size_t label) {
  find_own_features(inputs, label);
  // The unperturbed input stands first: the attack never helps the network.
  std::fill(choice_.radius.begin(), choice_.radius.end(), 0.0);
  std::fill(choice_.candidate.begin(), choice_.candidate.end(), std::size_t{0});
  choice_.target = label == 0 ? 1 : 0;
  double smallest = margin_of_choice(network, z, label);
  worst_ = choice_;
  const auto judge = [&] {
    const double margin = margin_of_choice(network, z, label);
    if (!is_worse_margin(margin, smallest)) return;
    smallest = margin;
    worst_ = choice_;
  };
  for (const Allocation allocation :
       {Allocation::all, Allocation::robust, Allocation::non_robust}) {
    if (!allocate(allocation)) continue;
    for (std::size_t target = 0; target < shape_.classes; ++target) {
      if (target == label) continue;
      choice_.target = target;
      if (attack_.selection == AlignedAttack::Selection::per_patch) {
        choose_per_patch(network, z, label, target);
        judge();
        continue;
      }
      for (std::size_t c = 0; c < directions_.candidates(); ++c) {
        std::fill(choice_.candidate.begin(), choice_.candidate.end(), c);
        judge();
      }
    }
  }
}

template <class T>
void AlignedAttackRunner<T>::write_perturbation(std::size_t label, T* perturbation) const {
  const std::size_t d = geometry_.dimension;
  for (std::size_t p = 0; p < geometry_.patches; ++p) {
    const T radius = static_cast<T>(worst_.radius[p]);
    const T* direction = directions_.direction(chosen_row(worst_, label, p));
    for (std::size_t e = 0; e < d; ++e) perturbation[p * d + e] = radius * direction[e];
  }
  project_balls(geometry_, attack_.norm, attack_.budget, attack_.radius, perturbation);
}

template <class T>
void AlignedAttackRunner<T>::run(const PreparedNetwork<T>& network, const TileSamples<T>& tile,
                                 Keep keep, const Cancellation& cancellation, TilePass<T>& pass,
                                 TileOutcome<T>& outcome) {
  for (std::size_t s = 0; s < tile.size(); ++s) {
    if (cancellation.cancelled()) return;
    const auto label = static_cast<std::size_t>(tile.labels[s]);
    attack_sample(network, tile.inputs + s * geometry_.input_size,
                  tile.z + s * geometry_.patches * columns_, label);
    write_perturbation(label, outcome.perturbation.data() + s * geometry_.input_size);
    outcome.vanished[s] = 0;
  }
  if (keep == Keep::unjudged) return;
  kernel_table<T>().add(tile.inputs, outcome.perturbation.data(), perturbed_.data(),
                        tile.size() * geometry_.input_size);
  pass.forward(network, perturbed_.data(), tile.size());
  pass.residuals(LossKind::cross_entropy, tile.labels);
  for (std::size_t s = 0; s < tile.size(); ++s) {
    outcome.loss[s] = pass.residuals()[s].loss;
    outcome.margin[s] = pass.residuals()[s].margin;
  }
}

template <class T>
void AlignedAttackRunner<T>::run_in_span(const PreparedNetwork<T>& network,
                                         const TileSamples<T>& tile, std::size_t basis_columns,
                                         const Cancellation& cancellation, TilePass<T>& pass,
                                         SpanOutcome<T>& outcome) {
  const std::size_t filters = shape_.filters();
  for (std::size_t s = 0; s < tile.size(); ++s) {
    if (cancellation.cancelled()) return;
    const auto label = static_cast<std::size_t>(tile.labels[s]);
    const std::size_t first_row = s * geometry_.patches;
    const T* z = tile.z + first_row * columns_;
    attack_sample(network, tile.inputs + s * geometry_.input_size, z, label);
    shift_z(worst_, z, label, outcome.z.data() + first_row * columns_);
    for (std::size_t p = 0; p < geometry_.patches; ++p) {
      T* row = outcome.coefficients.data() + (first_row + p) * basis_columns;
      std::fill_n(row, filters, T(0));
      directions_.write_coefficients(chosen_row(worst_, label, p), static_cast<T>(worst_.radius[p]),
                                     row + filters);
    }
    outcome.vanished[s] = 0;
  }
  if (outcome.start.size() > 0)
    std::fill_n(outcome.start.data(), tile.size() * geometry_.input_size, T(0));
  pass.forward_from_z(network, outcome.z.data(), tile.inputs, tile.size());
  std::copy(pass.scores().begin(), pass.scores().end(), outcome.scores.begin());
  pass.residuals(LossKind::cross_entropy, tile.labels);
  for (std::size_t s = 0; s < tile.size(); ++s) {
    outcome.loss[s] = pass.residuals()[s].loss;
    outcome.margin[s] = pass.residuals()[s].margin;
  }
}

template class AlignedDirections<float>;
template class AlignedDirections<double>;
template class AlignedAttackRunner<float>;
template class AlignedAttackRunner<double>;

}  // namespace robust_features
