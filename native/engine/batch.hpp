#pragma once

#include <vector>

#include "engine/attack_suite.hpp"
#include "engine/cancellation.hpp"
#include "engine/network.hpp"
#include "engine/patch_data.hpp"
#include "engine/thread_team.hpp"

namespace robust_features {

// Whole data sets through the network, tile by tile. A cancelled call returns early with the rest
// unfilled; the caller must look at the cancellation before it uses the result.

struct ForwardResult {
  std::vector<double> scores;  // samples × classes
  std::vector<double> loss, margin;
};

// perturbation: samples × input_size added to the inputs, or null.
template <class T>
ForwardResult forward(const PreparedNetwork<T>& network, const PatchData<T>& data,
                      const T* perturbation, ThreadTeam& team, const Cancellation& cancellation);

struct GradientRequest {
  LossKind loss;
  double surrogate_slope;
  bool weights, inputs;
};

template <class T>
struct GradientResult {
  std::vector<double> loss;
  AlignedBuffer<T> weight_gradient;  // of the mean loss
  AlignedBuffer<T> input_gradient;   // of each sample's own loss
};

template <class T>
GradientResult<T> gradients(const PreparedNetwork<T>& network, const PatchData<T>& data,
                            const T* perturbation, const GradientRequest& request, ThreadTeam& team,
                            const Cancellation& cancellation);

// Row a · samples + n is attack a on sample n; loss and margin come from a fresh forward pass on
// the perturbation that is returned.
template <class T>
struct AttackResult {
  std::vector<double> loss, margin, norm;
  std::vector<std::uint8_t> vanished;
  std::vector<AlignedBuffer<T>> perturbations;  // one per attack, if kept
};

template <class T>
AttackResult<T> attack(const PreparedNetwork<T>& network, const PatchData<T>& data,
                       const std::vector<Attack>& attacks, const AttackDraws& draws,
                       bool keep_perturbations, ThreadTeam& team, const Cancellation& cancellation);

}  // namespace robust_features
