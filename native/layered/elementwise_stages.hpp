#pragma once

#include "layered/stage.hpp"

namespace robust_features::layered {

// Value ← [max(0, ·)] x · scale + shift by channel: a normalisation of the inputs, or a batch
// normalisation with given statistics that no convolution could take in.
class ScaleStage : public Stage {
 public:
  ScaleStage(const Architecture& architecture, std::size_t operation, bool rectified,
             std::size_t output, InputGradient input_gradient, const Layout& source);

  Layout layout() const override { return layout_; }
  void need(WorkerNeeds& needs) const override { needs.input_gradient(layout_, input_gradient_); }
  void prepare(const float* parameters, const float* statistics, Worker& worker) override;
  void forward(Tile& tile, Worker& worker) const override;
  void backward(Tile& tile, Worker& worker, float* parameter_gradient) const override;

 private:
  Operation operation_;
  ParameterRange range_;
  std::size_t channels_, statistics_, input_, output_;
  bool rectified_;
  InputGradient input_gradient_;
  Layout layout_;
  AlignedBuffer<float> scale_, shift_, zero_;
};

// Value ← [max(0, ·)] x + y.
class AdditionStage : public Stage {
 public:
  // The second input is put in the first one's order.
  AdditionStage(const Architecture& architecture, std::size_t operation, bool rectified,
                std::size_t output, InputGradient first, InputGradient second,
                const Layout& first_layout, const Layout& second_layout);

  Layout layout() const override { return layout_; }
  void need(WorkerNeeds& needs) const override;
  void forward(Tile& tile, Worker& worker) const override;
  void backward(Tile& tile, Worker& worker, float* parameter_gradient) const override;

 private:
  std::size_t inputs_[2], output_;
  bool rectified_;
  InputGradient gradients_[2];
  Layout layout_, second_;
};

// Value ← σ(x), number by number.
class ActivationStage : public Stage {
 public:
  ActivationStage(const Architecture& architecture, std::size_t operation,
                  InputGradient input_gradient, const Layout& source);

  Layout layout() const override { return layout_; }
  void need(WorkerNeeds& needs) const override;
  void forward(Tile& tile, Worker& worker) const override;
  void backward(Tile& tile, Worker& worker, float* parameter_gradient) const override;

 private:
  Activation<float> activation_;
  std::size_t input_, output_;
  InputGradient input_gradient_;
  Layout layout_;
};

}  // namespace robust_features::layered
