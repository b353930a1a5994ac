#include "engine/attack_suite.hpp"

#include <algorithm>
#include <utility>

namespace robust_features {

namespace {

std::vector<double> features_of(const std::vector<Attack>& attacks) {
  for (const Attack& attack : attacks) {
    if (const auto* aligned = std::get_if<AlignedAttack>(&attack)) {
      std::vector<double> features = aligned->robust_features;
      features.insert(features.end(), aligned->non_robust_features.begin(),
                      aligned->non_robust_features.end());
      return features;
    }
  }
  return {};
}

// One basis serves all aligned attacks of a list only where they know the same features.
bool share_features(const std::vector<Attack>& attacks) {
  const AlignedAttack* first = nullptr;
  return std::all_of(attacks.begin(), attacks.end(), [&](const Attack& attack) {
    const auto* aligned = std::get_if<AlignedAttack>(&attack);
    if (aligned == nullptr) return true;
    if (first == nullptr) first = aligned;
    return aligned->robust_features == first->robust_features &&
           aligned->non_robust_features == first->non_robust_features;
  });
}

// Multiplications per patch: a direct step is two products with d numbers and some ten passes over
// them; a step on coefficients is one product with G and some ten passes over f numbers. Random
// starts are left out: the choice must not change with the number of restarts, or another restart
// could raise a margin by rounding.
bool span_is_cheaper(const GradientAttack& attack, const NetworkShape& shape) {
  const auto f = static_cast<double>(shape.filters());
  const auto d = static_cast<double>(shape.dimension);
  const auto steps = static_cast<double>(attack.steps);
  return steps * (2 * f * f + 60 * f) + 2 * f * f < steps * (4 * d * f + 40 * d);
}

bool choose_span(const std::vector<Attack>& attacks, const NetworkShape& shape,
                 const PatchGeometry& geometry) {
  if (attacks.empty() || !share_features(attacks)) return false;
  bool cheaper = false;
  for (const Attack& attack : attacks) {
    if (obstacle_to_span(attack, geometry) != nullptr) return false;
    const auto* gradient = std::get_if<GradientAttack>(&attack);
    if (gradient == nullptr) {
      cheaper = cheaper || shape.filters() + 2 * shape.classes < shape.dimension;
      continue;
    }
    if (gradient->space == AttackSpace::direct) return false;
    cheaper = cheaper || gradient->space == AttackSpace::gram || span_is_cheaper(*gradient, shape);
  }
  return cheaper;
}

template <class Buffer>
void copy_sample(const Buffer& from, std::size_t s, std::size_t length, Buffer& to) {
  std::copy_n(from.data() + s * length, length, to.data() + s * length);
}

// Sample s of an outcome in place of another's of the same capacity.
template <class T>
void take(const TileOutcome<T>& from, std::size_t s, TileOutcome<T>& to) {
  to.loss[s] = from.loss[s];
  to.margin[s] = from.margin[s];
  copy_sample(from.perturbation, s, to.perturbation.size() / to.loss.size(), to.perturbation);
}

template <class T>
void take(const SpanOutcome<T>& from, std::size_t s, SpanOutcome<T>& to) {
  const std::size_t capacity = to.loss.size();
  to.loss[s] = from.loss[s];
  to.margin[s] = from.margin[s];
  copy_sample(from.coefficients, s, to.coefficients.size() / capacity, to.coefficients);
  copy_sample(from.z, s, to.z.size() / capacity, to.z);
  copy_sample(from.scores, s, to.scores.size() / capacity, to.scores);
  copy_sample(from.start, s, to.start.size() / capacity, to.start);
}

// Training follows the larger cross-entropy.
template <class Outcome>
void take_larger_losses(const Outcome& challenger, std::size_t samples, Outcome& kept) {
  for (std::size_t s = 0; s < samples; ++s) {
    if (challenger.loss[s] > kept.loss[s]) take(challenger, s, kept);
  }
}

}  // namespace

const char* obstacle_to_span(const Attack& attack, const PatchGeometry& geometry) {
  if (geometry.overlapping())
    return "overlapping patches, whose gradients add up outside the span of the filters";
  if (attack_norm(attack) != Norm::l2)
    return "norm linf, whose sign leaves the span of the filters";
  const auto* gradient = std::get_if<GradientAttack>(&attack);
  if (gradient != nullptr && gradient->bounded())
    return "bounds, whose clipping leaves the span of the filters";
  return nullptr;
}

template <class T>
AttackSuite<T>::AttackSuite(std::vector<Attack> attacks, const NetworkShape& shape,
                            const PatchGeometry& geometry, std::size_t first_position)
    : attacks_(std::move(attacks)), first_position_(first_position), directions_(attacks_.size()) {
  for (std::size_t i = 0; i < attacks_.size(); ++i) {
    if (const auto* aligned = std::get_if<AlignedAttack>(&attacks_[i])) {
      directions_[i] = std::make_unique<AlignedDirections<T>>(*aligned, shape);
    }
  }
  if (choose_span(attacks_, shape, geometry)) {
    basis_ = std::make_unique<SpanBasis<T>>(shape, features_of(attacks_));
  }
}

template <class T>
void AttackSuite<T>::prepare(const PreparedNetwork<T>& network) {
  for (const auto& directions : directions_) {
    if (directions) directions->update(network);
  }
  if (basis_) basis_->update(network);
}

template <class T>
bool AttackSuite<T>::random_starts() const {
  return std::any_of(attacks_.begin(), attacks_.end(), [](const Attack& attack) {
    const auto* gradient = std::get_if<GradientAttack>(&attack);
    return gradient != nullptr && (gradient->random_start || gradient->restarts > 1);
  });
}

template <class T>
AttackWorker<T>::AttackWorker(const AttackSuite<T>& suite, const PatchGeometry& geometry,
                              const NetworkShape& shape, std::size_t capacity)
    : suite_(suite), geometry_(geometry) {
  if (suite.attacks().empty()) return;
  z_ = AlignedBuffer<T>(capacity * geometry.patches * padded_columns(shape.filters()));
  const bool several = suite.attacks().size() > 1;
  if (suite.in_span()) {
    const auto outcome = [&] {
      return std::make_unique<SpanOutcome<T>>(capacity, geometry, shape, suite.basis().columns(),
                                              suite.random_starts());
    };
    span_kept_ = outcome();
    perturbation_ = AlignedBuffer<T>(capacity * geometry.input_size);
    perturbed_ = AlignedBuffer<T>(capacity * geometry.input_size);
    if (several) span_challenger_ = outcome();
  } else if (several) {
    challenger_ = std::make_unique<TileOutcome<T>>(capacity, geometry.input_size);
  }
  runners_.reserve(suite.attacks().size());
  for (std::size_t i = 0; i < suite.attacks().size(); ++i) {
    const Attack& attack = suite.attacks()[i];
    if (const auto* aligned = std::get_if<AlignedAttack>(&attack)) {
      runners_.emplace_back(
          AlignedAttackRunner<T>(*aligned, suite.directions(i), geometry, shape, capacity));
    } else if (suite.in_span()) {
      runners_.emplace_back(SpanAttackRunner<T>(std::get<GradientAttack>(attack), suite.position(i),
                                                suite.basis(), shape, geometry, capacity));
    } else {
      runners_.emplace_back(GradientAttackRunner<T>(std::get<GradientAttack>(attack),
                                                    suite.position(i), geometry, capacity));
    }
  }
}

template <class T>
void AttackWorker<T>::pass_unperturbed(const PreparedNetwork<T>& network, TileSamples<T>& tile,
                                       TilePass<T>& pass) {
  pass.preactivations(network, tile.inputs, tile.size(), z_.data());
  tile.z = z_.data();
}

template <class T>
void AttackWorker<T>::pass_if_wanted(const PreparedNetwork<T>& network, TileSamples<T>& tile,
                                     TilePass<T>& pass) {
  if (tile.z != nullptr) return;
  const bool wanted =
      suite_.in_span() ||
      std::any_of(suite_.attacks().begin(), suite_.attacks().end(), [](const Attack& attack) {
        const auto* gradient = std::get_if<GradientAttack>(&attack);
        return gradient == nullptr || gradient->starts_unperturbed();
      });
  if (wanted) pass_unperturbed(network, tile, pass);
}

template <class T>
void AttackWorker<T>::run_kept(std::size_t attack, const PreparedNetwork<T>& network,
                               const TileSamples<T>& tile, const AttackDraws& draws, Keep keep,
                               const Cancellation& cancellation, TilePass<T>& pass,
                               TileOutcome<T>& outcome) {
  if (auto* gradient = std::get_if<GradientAttackRunner<T>>(&runners_[attack])) {
    gradient->run(network, tile, draws, keep, cancellation, pass, outcome);
  } else {
    std::get<AlignedAttackRunner<T>>(runners_[attack])
        .run(network, tile, keep, cancellation, pass, outcome);
  }
}

template <class T>
void AttackWorker<T>::run_in_span(std::size_t attack, const PreparedNetwork<T>& network,
                                  const TileSamples<T>& tile, const AttackDraws& draws,
                                  std::size_t first_restart, std::size_t last_restart, Keep keep,
                                  const Cancellation& cancellation, TilePass<T>& pass,
                                  SpanOutcome<T>& outcome) {
  if (auto* gradient = std::get_if<SpanAttackRunner<T>>(&runners_[attack])) {
    gradient->run(network, tile, draws, first_restart, last_restart, keep, cancellation, outcome);
  } else {
    std::get<AlignedAttackRunner<T>>(runners_[attack])
        .run_in_span(network, tile, suite_.basis().columns(), cancellation, pass, outcome);
  }
}

// start + C B, held in the balls where rounding left them.
template <class T>
void AttackWorker<T>::write_perturbation(const Attack& attack, std::size_t samples,
                                         T* perturbation) const {
  const std::size_t length = geometry_.input_size;
  if (span_kept_->start.size() > 0) {
    std::copy_n(span_kept_->start.data(), samples * length, perturbation);
  } else {
    std::fill_n(perturbation, samples * length, T(0));
  }
  suite_.basis().accumulate(samples * geometry_.patches, span_kept_->coefficients.data(),
                            perturbation);
  const double radius = std::visit([](const auto& a) { return a.radius; }, attack);
  for (std::size_t s = 0; s < samples; ++s) {
    project_balls(geometry_, attack_norm(attack), attack_budget(attack), radius,
                  perturbation + s * length);
  }
}

template <class T>
void AttackWorker<T>::run(const PreparedNetwork<T>& network, TileSamples<T> tile,
                          const AttackDraws& draws, const Cancellation& cancellation,
                          TilePass<T>& pass, TileOutcome<T>& outcome) {
  pass_if_wanted(network, tile, pass);
  if (!suite_.in_span()) {
    return run_kept(0, network, tile, draws, Keep::worst_margin, cancellation, pass, outcome);
  }
  // Start by start, each judged by its own fresh forward pass: another start can then only lower
  // the margin.
  for (std::size_t restart = 0; restart < restarts_of(0); ++restart) {
    run_in_span(0, network, tile, draws, restart, restart + 1, Keep::worst_margin, cancellation,
                pass, *span_kept_);
    if (cancellation.cancelled()) return;
    judge_span(suite_.attacks()[0], network, tile, restart == 0, pass, outcome);
  }
}

template <class T>
std::size_t AttackWorker<T>::restarts_of(std::size_t attack) const {
  const auto* gradient = std::get_if<GradientAttack>(&suite_.attacks()[attack]);
  return gradient == nullptr ? 1 : gradient->restarts;
}

template <class T>
void AttackWorker<T>::judge_span(const Attack& attack, const PreparedNetwork<T>& network,
                                 const TileSamples<T>& tile, bool first, TilePass<T>& pass,
                                 TileOutcome<T>& outcome) {
  const std::size_t length = geometry_.input_size;
  write_perturbation(attack, tile.size(), perturbation_.data());
  kernel_table<T>().add(tile.inputs, perturbation_.data(), perturbed_.data(), tile.size() * length);
  pass.forward(network, perturbed_.data(), tile.size());
  pass.residuals(LossKind::cross_entropy, tile.labels);
  for (std::size_t s = 0; s < tile.size(); ++s) {
    const Residual& now = pass.residuals()[s];
    outcome.vanished[s] =
        first ? span_kept_->vanished[s] : outcome.vanished[s] & span_kept_->vanished[s];
    if (!first && !improves(Keep::worst_margin, now, outcome.margin[s], outcome.loss[s])) continue;
    outcome.loss[s] = now.loss;
    outcome.margin[s] = now.margin;
    std::copy_n(perturbation_.data() + s * length, length,
                outcome.perturbation.data() + s * length);
  }
}

template <class T>
void AttackWorker<T>::run_worst(const PreparedNetwork<T>& network, TileSamples<T> tile,
                                const AttackDraws& draws, const Cancellation& cancellation,
                                TilePass<T>& pass, TileOutcome<T>& outcome) {
  pass_if_wanted(network, tile, pass);
  const auto* only =
      suite_.attacks().size() == 1 ? std::get_if<GradientAttack>(&suite_.attacks()[0]) : nullptr;
  const bool nothing_to_compare =
      suite_.attacks().size() == 1 && (only == nullptr || only->restarts == 1);
  run_kept(0, network, tile, draws, nothing_to_compare ? Keep::unjudged : Keep::last_iterate,
           cancellation, pass, outcome);
  for (std::size_t i = 1; i < runners_.size(); ++i) {
    run_kept(i, network, tile, draws, Keep::last_iterate, cancellation, pass, *challenger_);
    take_larger_losses(*challenger_, tile.size(), outcome);
  }
}

template <class T>
void AttackWorker<T>::run_worst_in_span(const PreparedNetwork<T>& network, TileSamples<T> tile,
                                        const AttackDraws& draws, const Cancellation& cancellation,
                                        TilePass<T>& pass, SpanOutcome<T>& outcome) {
  pass_if_wanted(network, tile, pass);
  run_in_span(0, network, tile, draws, 0, restarts_of(0), Keep::last_iterate, cancellation, pass,
              outcome);
  for (std::size_t i = 1; i < runners_.size(); ++i) {
    run_in_span(i, network, tile, draws, 0, restarts_of(i), Keep::last_iterate, cancellation, pass,
                *span_challenger_);
    take_larger_losses(*span_challenger_, tile.size(), outcome);
  }
}

template class AttackSuite<float>;
template class AttackSuite<double>;
template class AttackWorker<float>;
template class AttackWorker<double>;

}  // namespace robust_features
