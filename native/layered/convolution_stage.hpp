#pragma once

#include "layered/image_gradient.hpp"
#include "layered/weights.hpp"

namespace robust_features::layered {

// What the lowering decided about a stage that has weights.
struct WeightedStage {
  std::size_t operation;
  std::size_t folded;  // the batch normalisation folded in, or as many as there are operations
  bool rectified;      // a ReLU is done in the same pass
  std::size_t output;  // the value it makes
  InputGradient input_gradient;
  bool trains;  // whether weight gradients will be asked for
};

// Value ← [max(0, ·)] convolution of an input by weights, plus biases.
class ConvolutionStage : public Stage {
 public:
  ConvolutionStage(const Architecture& architecture, const WeightedStage& stage,
                   const Layout& source);

  Layout layout() const override { return target_; }
  void need(WorkerNeeds& needs) const override;
  void prepare(const float* parameters, const float* statistics, Worker& worker) override;
  void forward(Tile& tile, Worker& worker) const override;
  void backward(Tile& tile, Worker& worker, float* parameter_gradient) const override;
  std::size_t gradient_numbers() const override;
  void unpack_gradient(const float* sum, float* gradient, Worker& worker) const override {
    weights_.unpack_gradient(weight_order_, sum, gradient, worker);
  }

 private:
  void differentiate_input(Tile& tile, Worker& worker) const;
  void differentiate_weights(const Tile& tile, Worker& worker, float* parameter_gradient) const;

  WeightedStage stage_;
  std::size_t input_;
  Layout source_, target_;
  StageWeights weights_;
  // The layouts that the primitives want where they are not those of the values.
  onednn::Descriptor forward_source_, forward_target_, data_source_, data_target_, weights_source_,
      weights_target_;
  std::size_t data_order_ = 0, weight_order_ = 0;
  std::optional<ImageGradient> image_gradient_;  // in place of backward_data_
  onednn::Primitive forward_, backward_data_, backward_weights_;
};

}  // namespace robust_features::layered
