#include "layered/architecture.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace robust_features::layered {

namespace {

// Counts, offsets and oneDNN's own integers stay far inside 32 bits.
constexpr std::size_t kMostNumbers = std::size_t{1} << 28;

[[noreturn]] void refuse(std::size_t index, const std::string& expected) {
  throw std::invalid_argument("Expected operation " + std::to_string(index) + " " + expected + ".");
}

std::size_t limited_product(std::size_t index, std::size_t a, std::size_t b) {
  if (a != 0 && b > kMostNumbers / a) refuse(index, "to need at most 2^28 numbers");
  return a * b;
}

std::size_t side_after(std::size_t index, const Operation& operation, std::size_t side) {
  const std::size_t padded = side + 2 * operation.padding;
  if (operation.window > padded)
    refuse(index, "to have a window of at most " + std::to_string(padded) + ", got " +
                      std::to_string(operation.window));
  return (padded - operation.window) / operation.stride + 1;
}

bool has_window(OperationKind kind) {
  return kind == OperationKind::convolution || kind == OperationKind::max_pooling ||
         kind == OperationKind::average_pooling;
}

void require_window(std::size_t index, const Operation& operation) {
  if (operation.window == 0 || operation.stride == 0 || operation.window > 1024 ||
      operation.stride > 1024)
    refuse(index, "to have a window and a stride from 1 to 1024");
  if (operation.padding >= operation.window)
    refuse(index, "to have a padding smaller than its window");
}

}  // namespace

Architecture::Architecture(ImageShape input, std::vector<Operation> operations, Ending ending)
    : operations_(std::move(operations)), shapes_{input} {
  const bool dense = !operations_.empty() && operations_.back().kind == OperationKind::dense;
  if (ending == Ending::scores && !dense)
    throw std::invalid_argument("Expected the last operation to be dense.");
  if (input.numbers() == 0 || limited_product(0, input.pixels(), input.channels) == 0)
    throw std::invalid_argument("Expected images of at least one number.");
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    const Operation& operation = operations_[i];
    if (operation.input > i || operation.other > i) refuse(i, "to read values made before it");
    shapes_.push_back(shape_after(i));
    // Convolutions fill channels up to blocks of 16.
    limited_product(i, shapes_.back().pixels(), (shapes_.back().channels + 15) / 16 * 16);
    place_parameters(i);
  }
  readers_.resize(shapes_.size());
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    readers_[operations_[i].input].push_back(i);
    if (operations_[i].kind == OperationKind::addition) readers_[operations_[i].other].push_back(i);
  }
  for (std::size_t value = 0; value + 1 < shapes_.size(); ++value) {
    if (readers_[value].empty())
      throw std::invalid_argument("Expected value " + std::to_string(value) + " to be read.");
  }
}

std::size_t Architecture::only_reader(std::size_t value, OperationKind kind) const {
  const auto& readers = readers_[value];
  const bool fits = readers.size() == 1 && operations_[readers[0]].kind == kind;
  return fits ? readers[0] : operations_.size();
}

ImageShape Architecture::shape_after(std::size_t index) const {
  const Operation& operation = operations_[index];
  const ImageShape& in = shapes_[operation.input];
  if (has_window(operation.kind)) require_window(index, operation);
  switch (operation.kind) {
    case OperationKind::normalization:
      if (index != 0) refuse(index, "not to be a normalization, which comes first");
      if (operation.mean.size() != in.channels || operation.deviation.size() != in.channels)
        refuse(index, "to have " + std::to_string(in.channels) + " means and deviations");
      if (std::any_of(operation.deviation.begin(), operation.deviation.end(),
                      [](float deviation) { return !(deviation > 0); }))
        refuse(index, "to have positive deviations");
      return in;
    case OperationKind::convolution:
      if (operation.outputs == 0) refuse(index, "to have at least one channel");
      return {operation.outputs, side_after(index, operation, in.height),
              side_after(index, operation, in.width)};
    case OperationKind::dense:
      if (operation.outputs == 0) refuse(index, "to have at least one unit");
      return {operation.outputs, 1, 1};
    case OperationKind::max_pooling:
    case OperationKind::average_pooling:
      return {in.channels, side_after(index, operation, in.height),
              side_after(index, operation, in.width)};
    case OperationKind::global_average_pooling:
      return {in.channels, 1, 1};
    case OperationKind::addition:
      if (!(in == shapes_[operation.other])) refuse(index, "to add values of one shape");
      return in;
    default:
      return in;
  }
}

void Architecture::place_parameters(std::size_t index) {
  const Operation& operation = operations_[index];
  const ImageShape& in = shapes_[operation.input];
  ParameterRange range;
  std::size_t statistics = 0;
  if (operation.kind == OperationKind::convolution) {
    range.weight_count =
        limited_product(index, limited_product(index, operation.outputs, in.channels),
                        operation.window * operation.window);
    range.bias_count = operation.bias ? operation.outputs : 0;
  } else if (operation.kind == OperationKind::dense) {
    range.weight_count = limited_product(index, operation.outputs, in.numbers());
    range.bias_count = operation.bias ? operation.outputs : 0;
  } else if (operation.kind == OperationKind::batch_normalization) {
    range.weight_count = range.bias_count = in.channels;
    statistics = 2 * in.channels;
  }
  range.weights = parameter_count_;
  range.biases = parameter_count_ + range.weight_count;
  parameter_count_ += range.weight_count + range.bias_count;
  if (parameter_count_ > kMostNumbers) refuse(index, "to leave at most 2^28 parameters in all");
  ranges_.push_back(range);
  statistics_.push_back(statistic_count_);
  statistic_count_ += statistics;
}

}  // namespace robust_features::layered
