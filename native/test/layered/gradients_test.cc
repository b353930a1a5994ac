#include <numeric>

#include "test/check.hpp"
#include "test/layered/problem.hpp"

namespace {

using namespace robust_features;
using namespace robust_features::layered;
using test::Architecture;

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double length(const std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

// Along random directions; the tolerance is a share of what such a direction gives on average,
// above the rounding of a float32 loss over the length of the step.
void check_parameters(const Architecture& architecture, double tolerance) {
  const test::LayeredState state = test::initial_state(architecture);
  const ImageData data = test::random_images(19);
  ThreadTeam team(2);
  const auto at = [&](const std::vector<float>& parameters) {
    return parameter_gradient({architecture, parameters.data(), state.statistics.data()}, {data},
                              team);
  };
  const std::vector<float> gradient = at(state.parameters).gradient;
  const double typical = length(gradient) / std::sqrt(static_cast<double>(gradient.size()));
  constexpr double kStep = 2e-2;
  for (std::uint64_t seed = 20; seed < 24; ++seed) {
    std::vector<float> direction = test::random_numbers<float>(gradient.size(), seed);
    const double norm = length(direction);
    double expected = 0;
    std::vector<float> ahead = state.parameters, behind = state.parameters;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      direction[i] = static_cast<float>(direction[i] / norm);
      expected += static_cast<double>(direction[i]) * gradient[i];
      ahead[i] += static_cast<float>(kStep) * direction[i];
      behind[i] -= static_cast<float>(kStep) * direction[i];
    }
    const double found = (mean(at(ahead).loss) - mean(at(behind).loss)) / (2 * kStep);
    CHECK_NEAR(found, expected, tolerance * typical);
  }
}

void check_images(const Architecture& architecture, double tolerance) {
  const test::LayeredState state = test::initial_state(architecture);
  const ImageData data = test::random_images(19);
  const layered::Network network{architecture, state.parameters.data(), state.statistics.data()};
  const Cancellation never;
  ThreadTeam team(2);
  const std::vector<float> gradient = image_gradients(network, {data}, team, never).gradient;
  const std::size_t numbers = data.shape.numbers();
  constexpr double kStep = 3e-2;
  std::vector<float> direction = test::random_numbers<float>(gradient.size(), 30);
  std::vector<float> ahead(direction.size()), behind(direction.size());
  for (std::size_t n = 0; n < data.samples; ++n) {
    const std::span<float> part = std::span(direction).subspan(n * numbers, numbers);
    const double norm = length({part.begin(), part.end()});
    for (std::size_t i = 0; i < numbers; ++i) {
      part[i] = static_cast<float>(part[i] / norm);
      ahead[n * numbers + i] = static_cast<float>(kStep) * part[i];
      behind[n * numbers + i] = -ahead[n * numbers + i];
    }
  }
  const auto up = forward(network, {data, ahead.data()}, 0, team, never).loss;
  const auto down = forward(network, {data, behind.data()}, 0, team, never).loss;
  for (std::size_t n = 0; n < data.samples; ++n) {
    const std::span<const float> own = std::span(gradient).subspan(n * numbers, numbers);
    double expected = 0;
    for (std::size_t i = 0; i < numbers; ++i)
      expected += static_cast<double>(own[i]) * direction[n * numbers + i];
    const double typical = length({own.begin(), own.end()}) / std::sqrt(numbers);
    CHECK_NEAR((up[n] - down[n]) / (2 * kStep), expected, tolerance * typical + 1e-5);
  }
}

TEST_CASE(parameter_gradients_are_differences_of_the_loss) {
  check_parameters(test::smooth_architecture(), 2e-2);
  check_parameters(test::wide_architecture(), 2e-2);
  check_parameters(test::residual_architecture(ActivationKind::smoothed_relu), 5e-2);
  // ReLU and the largest of a window have kinks that a step crosses.
  check_parameters(test::residual_architecture(ActivationKind::relu), 0.3);
  check_parameters(test::pooling_architecture(), 0.3);
}

TEST_CASE(image_gradients_are_differences_of_the_loss) {
  check_images(test::smooth_architecture(), 5e-2);
  check_images(test::wide_architecture(), 5e-2);
  check_images(test::residual_architecture(ActivationKind::smoothed_relu), 5e-2);
}

TEST_CASE(a_folded_batch_normalization_gives_what_the_training_program_gives) {
  // With the statistics of this very batch both behaviours are one function.
  const Architecture architecture = test::residual_architecture(ActivationKind::relu);
  test::LayeredState state = test::initial_state(architecture);
  const ImageData data = test::random_images(32);
  ThreadTeam team(2);
  const Cancellation never;
  const ParameterGradient trained = [&] {
    // A mean over updates so many that the running statistics are the batch's.
    ParameterGradient last;
    for (int i = 0; i < 100; ++i) {
      last = parameter_gradient({architecture, state.parameters.data(), state.statistics.data()},
                                {data}, team);
      state.statistics = last.statistics;
    }
    return last;
  }();
  const auto evaluated = forward({architecture, state.parameters.data(), state.statistics.data()},
                                 {data}, 0, team, never);
  // The running variances are unbiased ones, larger by 1 / (n − 1) with n ≥ 32 · 20.
  for (std::size_t n = 0; n < data.samples; ++n)
    CHECK_NEAR(evaluated.loss[n], trained.loss[n], 2e-2);
}

}  // namespace
