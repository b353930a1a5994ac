#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/activation.hpp"

namespace robust_features::layered {

struct ImageShape {
  std::size_t channels, height, width;

  std::size_t pixels() const { return height * width; }
  std::size_t numbers() const { return channels * pixels(); }
  bool operator==(const ImageShape&) const = default;
};

enum class OperationKind : std::uint8_t {
  normalization,  // (x − mean) / deviation per channel; first of all
  convolution,
  dense,
  activation,
  max_pooling,
  average_pooling,  // padding does not count
  global_average_pooling,
  batch_normalization,
  addition,
};

// Value 0 is the image; operation i reads the values `input` (and `other`) ≤ i and makes value i
// + 1.
struct Operation {
  OperationKind kind;
  std::size_t input = 0, other = 0;
  std::size_t outputs = 0;  // channels of a convolution, units of a dense layer
  std::size_t window = 1, stride = 1, padding = 0;
  bool bias = false;
  double momentum = 0, epsilon = 0;  // of batch normalisation
  Activation<float> activation{};
  std::vector<float> mean, deviation;
};

// Where an operation's numbers lie: weights (convolution: outputs × inputs × window × window;
// dense: outputs × inputs in channel, row, column order; batch normalisation: scales), then biases
// (shifts).
struct ParameterRange {
  std::size_t weights = 0, weight_count = 0, biases = 0, bias_count = 0;
};

// What the last operation makes: class scores, from a dense one, or any representation.
enum class Ending : std::uint8_t { scores, representation };

// A directed acyclic graph of operations, with the shapes of all values and the places of all
// parameters and running statistics in two flat arrays.
class Architecture {
 public:
  // Throws std::invalid_argument, saying which operation does not fit and why.
  Architecture(ImageShape input, std::vector<Operation> operations, Ending ending = Ending::scores);

  const std::vector<Operation>& operations() const { return operations_; }
  const ImageShape& shape(std::size_t value) const { return shapes_[value]; }
  std::size_t values() const { return shapes_.size(); }
  std::size_t classes() const { return shapes_.back().channels; }
  const ParameterRange& parameters(std::size_t operation) const { return ranges_[operation]; }
  std::size_t parameter_count() const { return parameter_count_; }
  // Batch normalisation's means, then variances, operation by operation.
  std::size_t statistics(std::size_t operation) const { return statistics_[operation]; }
  std::size_t statistic_count() const { return statistic_count_; }
  // The operations that read a value.
  const std::vector<std::size_t>& readers(std::size_t value) const { return readers_[value]; }
  // The one operation that reads a value, if it is of this kind; operations().size() otherwise.
  std::size_t only_reader(std::size_t value, OperationKind kind) const;

 private:
  ImageShape shape_after(std::size_t index) const;
  void place_parameters(std::size_t index);

  std::vector<Operation> operations_;
  std::vector<ImageShape> shapes_;
  std::vector<ParameterRange> ranges_;
  std::vector<std::size_t> statistics_;
  std::vector<std::vector<std::size_t>> readers_;
  std::size_t parameter_count_ = 0, statistic_count_ = 0;
};

}  // namespace robust_features::layered
