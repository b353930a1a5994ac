#pragma once

#include "layered/convolution_stage.hpp"

namespace robust_features::layered {

// Value ← [max(0, ·)] W x + b, x the numbers of the input in channel, row, column order.
class DenseStage : public Stage {
 public:
  DenseStage(const Architecture& architecture, const WeightedStage& stage, const Layout& source);

  Layout layout() const override { return target_; }
  void need(WorkerNeeds& needs) const override;
  void prepare(const float* parameters, const float* statistics, Worker& worker) override {
    weights_.prepare(parameters, statistics, worker);
  }
  void forward(Tile& tile, Worker& worker) const override;
  void backward(Tile& tile, Worker& worker, float* parameter_gradient) const override;
  std::size_t gradient_numbers() const override;
  void unpack_gradient(const float* sum, float* gradient, Worker& worker) const override {
    weights_.unpack_gradient(weight_order_, sum, gradient, worker);
  }

 private:
  // The input as rows.
  const float* flattened(const Tile& tile, Worker& worker) const;

  WeightedStage stage_;
  std::size_t input_;
  Layout source_, target_;
  bool source_is_flat_;
  onednn::Descriptor plain_source_, rows_, target_rows_;
  StageWeights weights_;
  std::size_t data_order_ = 0, weight_order_ = 0;
  onednn::Primitive forward_, backward_data_, backward_weights_;
};

}  // namespace robust_features::layered
