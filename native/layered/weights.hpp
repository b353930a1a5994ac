#pragma once

#include "layered/stage.hpp"

namespace robust_features::layered {

// The weights and biases of a convolution or dense stage as its primitives want them. Where a batch
// normalisation with given statistics follows, it is folded in: w ← w γ/√(variance + ε),
// b ← β + (b − mean) γ/√(variance + ε).
class StageWeights {
 public:
  // `folded` is the batch normalisation's operation, or none.
  StageWeights(const Architecture& architecture, std::size_t operation, std::size_t folded,
               const onednn::Descriptor& plain);

  void add_order(const onednn::Descriptor& descriptor);
  void prepare(const float* parameters, const float* statistics, Worker& worker);

  // In the order of the parameters, as prepared from these.
  const float* plain(const float* parameters) const {
    return folds_ ? folded_.data() : parameters + range_.weights;
  }

  // In the order that was added as number `which`.
  dnnl::memory ordered(std::size_t which) const;
  onednn::Descriptor bias_descriptor() const;  // an empty one where there are none

  // What every primitive that goes forward is given.
  std::unordered_map<int, dnnl::memory> forward_arguments(dnnl::memory source,
                                                          dnnl::memory target) const;

  // A chunk's sum: the weights in order `which`, then the biases.
  std::size_t gradient_numbers(std::size_t which) const;
  void add_gradient(std::size_t which, const onednn::Primitive& primitive, dnnl::memory source,
                    dnnl::memory target_gradient, Worker& worker, float* sum) const;
  void unpack_gradient(std::size_t which, const float* sum, float* gradient, Worker& worker) const;

 private:
  struct Order {
    onednn::Descriptor descriptor;
    AlignedBuffer<float> numbers;
  };

  void fold(const float* parameters, const float* statistics);

  ParameterRange range_;
  std::size_t outputs_;
  bool folds_;
  ParameterRange normalization_;
  std::size_t statistics_ = 0;
  double epsilon_ = 0;
  onednn::Descriptor plain_;
  std::vector<Order> orders_;
  AlignedBuffer<float> folded_, biases_;
};

}  // namespace robust_features::layered
