#include "engine/attack_suite.hpp"

#include <algorithm>
#include <utility>

namespace robust_features {

template <class T>
AttackSuite<T>::AttackSuite(std::vector<Attack> attacks, const NetworkShape& shape)
    : attacks_(std::move(attacks)), directions_(attacks_.size()) {
  for (std::size_t i = 0; i < attacks_.size(); ++i) {
    if (const auto* aligned = std::get_if<AlignedAttack>(&attacks_[i])) {
      directions_[i] = std::make_unique<AlignedDirections<T>>(*aligned, shape);
    }
  }
}

template <class T>
void AttackSuite<T>::prepare(const Network<T>& network) {
  for (const auto& directions : directions_) {
    if (directions) directions->update(network);
  }
}

template <class T>
AttackWorker<T>::AttackWorker(const AttackSuite<T>& suite, const PatchGeometry& geometry,
                              const NetworkShape& shape, std::size_t capacity)
    : suite_(suite),
      input_size_(geometry.input_size),
      challenger_(suite.attacks().size() > 1 ? capacity : 0, geometry.input_size) {
  runners_.reserve(suite.attacks().size());
  for (std::size_t i = 0; i < suite.attacks().size(); ++i) {
    const Attack& attack = suite.attacks()[i];
    if (const auto* gradient = std::get_if<GradientAttack>(&attack)) {
      runners_.emplace_back(GradientAttackRunner<T>(*gradient, i, geometry, capacity));
    } else {
      runners_.emplace_back(AlignedAttackRunner<T>(std::get<AlignedAttack>(attack),
                                                   suite.directions(i), geometry, shape, capacity));
    }
  }
}

template <class T>
void AttackWorker<T>::run(std::size_t attack, const Network<T>& network, const TileSamples<T>& tile,
                          const AttackDraws& draws, Keep keep, const Cancellation& cancellation,
                          TilePass<T>& pass, TileOutcome<T>& outcome) {
  if (auto* gradient = std::get_if<GradientAttackRunner<T>>(&runners_[attack])) {
    gradient->run(network, tile, draws, keep, cancellation, pass, outcome);
  } else {
    std::get<AlignedAttackRunner<T>>(runners_[attack])
        .run(network, tile, keep, cancellation, pass, outcome);
  }
}

template <class T>
void AttackWorker<T>::run(std::size_t attack, const Network<T>& network, const TileSamples<T>& tile,
                          const AttackDraws& draws, const Cancellation& cancellation,
                          TilePass<T>& pass, TileOutcome<T>& outcome) {
  run(attack, network, tile, draws, Keep::worst_margin, cancellation, pass, outcome);
}

template <class T>
void AttackWorker<T>::run_worst(const Network<T>& network, const TileSamples<T>& tile,
                                const AttackDraws& draws, const Cancellation& cancellation,
                                TilePass<T>& pass, TileOutcome<T>& outcome) {
  const auto* only =
      suite_.attacks().size() == 1 ? std::get_if<GradientAttack>(&suite_.attacks()[0]) : nullptr;
  const bool nothing_to_compare =
      suite_.attacks().size() == 1 && (only == nullptr || only->restarts == 1);
  run(0, network, tile, draws, nothing_to_compare ? Keep::unjudged : Keep::last_iterate,
      cancellation, pass, outcome);
  for (std::size_t i = 1; i < runners_.size(); ++i) {
    run(i, network, tile, draws, Keep::last_iterate, cancellation, pass, challenger_);
    for (std::size_t s = 0; s < tile.size(); ++s) {
      if (!(challenger_.loss[s] > outcome.loss[s])) continue;
      outcome.loss[s] = challenger_.loss[s];
      outcome.margin[s] = challenger_.margin[s];
      std::copy_n(challenger_.perturbation.data() + s * input_size_, input_size_,
                  outcome.perturbation.data() + s * input_size_);
    }
  }
}

template class AttackSuite<float>;
template class AttackSuite<double>;
template class AttackWorker<float>;
template class AttackWorker<double>;

}  // namespace robust_features
