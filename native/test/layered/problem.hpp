#pragma once

#include <cmath>
#include <memory>

#include "layered/evaluation.hpp"
#include "layered/trainer.hpp"
#include "test/numbers.hpp"

// Small architectures with one of everything, and images to go with them.
namespace robust_features::test {

using layered::Architecture;
using layered::Operation;
using layered::OperationKind;

constexpr layered::ImageShape kImage{3, 9, 8};
constexpr std::size_t kClasses = 4;

class Layers {
 public:
  std::size_t convolution(std::size_t input, std::size_t outputs, std::size_t window,
                          std::size_t stride, std::size_t padding, bool bias) {
    Operation operation = make(OperationKind::convolution, input);
    operation.outputs = outputs;
    operation.window = window;
    operation.stride = stride;
    operation.padding = padding;
    operation.bias = bias;
    return add(operation);
  }
  std::size_t pooling(OperationKind kind, std::size_t input, std::size_t window, std::size_t stride,
                      std::size_t padding) {
    Operation operation = make(kind, input);
    operation.window = window;
    operation.stride = stride;
    operation.padding = padding;
    return add(operation);
  }
  std::size_t batch_normalization(std::size_t input) {
    Operation operation = make(OperationKind::batch_normalization, input);
    operation.momentum = 0.1;
    operation.epsilon = 1e-5;
    return add(operation);
  }
  std::size_t activation(std::size_t input, ActivationKind kind) {
    Operation operation = make(OperationKind::activation, input);
    operation.activation = {kind, 3, 1};
    return add(operation);
  }
  std::size_t dense(std::size_t input, std::size_t outputs) {
    Operation operation = make(OperationKind::dense, input);
    operation.outputs = outputs;
    operation.bias = true;
    return add(operation);
  }
  std::size_t addition(std::size_t input, std::size_t other) {
    Operation operation = make(OperationKind::addition, input);
    operation.other = other;
    return add(operation);
  }
  std::size_t plain(OperationKind kind, std::size_t input) { return add(make(kind, input)); }
  std::size_t normalization() {
    Operation operation = make(OperationKind::normalization, 0);
    operation.mean = {0.5f, 0.4f, 0.3f};
    operation.deviation = {0.2f, 0.3f, 0.25f};
    return add(operation);
  }
  Architecture finish() { return {kImage, operations_}; }

 private:
  static Operation make(OperationKind kind, std::size_t input) {
    Operation operation{};
    operation.kind = kind;
    operation.input = input;
    return operation;
  }
  std::size_t add(const Operation& operation) {
    operations_.push_back(operation);
    return operations_.size();
  }

  std::vector<Operation> operations_;
};

// Smooth everywhere, so that differences tell gradients; channels that do not fill a block.
inline Architecture smooth_architecture() {
  constexpr ActivationKind kSmooth = ActivationKind::smoothed_relu;
  Layers layers;
  const std::size_t first =
      layers.activation(layers.convolution(layers.normalization(), 10, 3, 1, 1, true), kSmooth);
  const std::size_t pooled = layers.pooling(OperationKind::average_pooling, first, 2, 2, 0);
  const std::size_t second =
      layers.activation(layers.convolution(pooled, 7, 3, 2, 0, false), kSmooth);
  layers.dense(layers.activation(layers.dense(second, 11), kSmooth), kClasses);
  return layers.finish();
}

// Channels enough for convolutions by transform.
inline Architecture wide_architecture() {
  constexpr ActivationKind kSmooth = ActivationKind::smoothed_relu;
  Layers layers;
  const std::size_t first = layers.activation(layers.convolution(0, 32, 3, 1, 1, true), kSmooth);
  const std::size_t second =
      layers.activation(layers.convolution(first, 48, 3, 1, 1, true), kSmooth);
  layers.dense(layers.plain(OperationKind::global_average_pooling, second), kClasses);
  return layers.finish();
}

// Batch normalisations before and behind convolutions, a residual block with either shortcut.
inline Architecture residual_architecture(ActivationKind kind) {
  Layers layers;
  const std::size_t first =
      layers.activation(layers.batch_normalization(
                            layers.convolution(layers.batch_normalization(0), 12, 3, 1, 1, false)),
                        kind);
  const std::size_t same =
      layers.batch_normalization(layers.convolution(first, 12, 3, 1, 1, false));
  const std::size_t block = layers.activation(layers.addition(same, first), kind);
  const std::size_t half =
      layers.batch_normalization(layers.convolution(block, 20, 3, 2, 1, false));
  const std::size_t shortcut =
      layers.batch_normalization(layers.convolution(block, 20, 1, 2, 0, false));
  const std::size_t last = layers.activation(layers.addition(half, shortcut), kind);
  layers.dense(layers.plain(OperationKind::global_average_pooling, last), kClasses);
  return layers.finish();
}

inline Architecture pooling_architecture() {
  Layers layers;
  const std::size_t first =
      layers.activation(layers.convolution(0, 16, 3, 1, 1, true), ActivationKind::relu);
  const std::size_t pooled = layers.pooling(OperationKind::max_pooling, first, 3, 2, 1);
  layers.dense(
      layers.activation(layers.convolution(pooled, 8, 3, 1, 1, true), ActivationKind::relu),
      kClasses);
  return layers.finish();
}

struct LayeredState {
  std::vector<float> parameters, statistics;
};

inline LayeredState initial_state(const Architecture& architecture) {
  const std::vector<double> numbers =
      random_numbers<double>(architecture.parameter_count() + architecture.statistic_count(), 3);
  LayeredState state{std::vector<float>(architecture.parameter_count()),
                     std::vector<float>(architecture.statistic_count())};
  for (std::size_t i = 0; i < architecture.operations().size(); ++i) {
    const layered::ParameterRange& range = architecture.parameters(i);
    const bool scales = architecture.operations()[i].kind == OperationKind::batch_normalization;
    const double fan_in =
        static_cast<double>(range.weight_count) /
        static_cast<double>(std::max<std::size_t>(architecture.operations()[i].outputs, 1));
    for (std::size_t k = 0; k < range.weight_count; ++k) {
      const double draw = numbers[range.weights + k];
      state.parameters[range.weights + k] =
          static_cast<float>(scales ? 1 + 0.2 * draw : draw * std::sqrt(3 / fan_in));
    }
    for (std::size_t k = 0; k < range.bias_count; ++k)
      state.parameters[range.biases + k] = static_cast<float>(0.2 * numbers[range.biases + k]);
    if (!scales) continue;
    const std::size_t channels = range.weight_count;
    float* statistics = state.statistics.data() + architecture.statistics(i);
    const double* draws = numbers.data() + architecture.parameter_count();
    for (std::size_t c = 0; c < channels; ++c) {
      statistics[c] = static_cast<float>(0.1 * draws[c]);
      statistics[channels + c] = static_cast<float>(1 + 0.5 * std::abs(draws[channels + c]));
    }
  }
  return state;
}

inline layered::ImageData random_images(std::size_t samples) {
  layered::ImageData data{kImage, samples, kClasses, {}, {}};
  const std::vector<double> numbers = random_numbers<double>(samples * (kImage.numbers() + 1), 8);
  for (std::size_t i = 0; i < samples * kImage.numbers(); ++i)
    data.images.push_back(static_cast<std::uint8_t>(127.5 + 100 * std::tanh(numbers[i])));
  for (std::size_t i = 0; i < samples; ++i)
    data.labels.push_back(static_cast<std::int32_t>(i * 7 % kClasses));
  return data;
}

}  // namespace robust_features::test
