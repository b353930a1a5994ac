#pragma once

#include <vector>

#include "engine/thread_team.hpp"
#include "layered/image_attack.hpp"
#include "layered/image_data.hpp"

namespace robust_features::layered {

// A network that is only looked at; the arrays belong to the caller.
struct Network {
  const Architecture& architecture;
  const float* parameters;
  const float* statistics;
};

// Images, each moved by its perturbation (channels last) where there are any, and held in [0, 1].
struct PerturbedImages {
  const ImageData& data;
  const float* perturbation = nullptr;

  void load(std::size_t sample, float* pixels) const;
};

struct ForwardResult {
  std::vector<double> scores, loss, margin;
  std::vector<float> value;  // images × numbers of the value asked for, channel by channel
};
// `value` 0 asks for none. Leaves the result unfilled when cancelled, like the functions below.
ForwardResult forward(const Network& network, const PerturbedImages& images, std::size_t value,
                      ThreadTeam& team, const Cancellation& cancellation);

struct ImageGradients {
  std::vector<double> loss;
  std::vector<float> gradient;  // of every image's own loss, channels last
};
ImageGradients image_gradients(const Network& network, const PerturbedImages& images,
                               ThreadTeam& team, const Cancellation& cancellation);

struct ParameterGradient {
  std::vector<double> loss;
  std::vector<float> gradient;    // of the mean loss of all images as one mini-batch
  std::vector<float> statistics;  // the running ones after it
};
ParameterGradient parameter_gradient(const Network& network, const PerturbedImages& images,
                                     ThreadTeam& team);

struct AttackPlan {
  std::vector<GradientAttack> attacks;
  AttackDraws draws;
  bool keep_perturbations;
  // Ends an image at its first wrong classification; later attacks pass it over.
  bool stop_when_fooled;
  bool toward_labels;  // descends on the labels' loss; an image that ends early has a loss of NaN
};

// Row a · N + n is attack a on image n; NaN where the image was passed over.
struct AttackResult {
  std::vector<double> loss, margin, norm;
  std::vector<std::uint8_t> vanished;
  std::vector<std::vector<float>> perturbations;  // by attack, channels last
};
AttackResult attack(const Network& network, const ImageData& data, const AttackPlan& plan,
                    ThreadTeam& team, const Cancellation& cancellation);

}  // namespace robust_features::layered
