#pragma once

#include "layered/stage.hpp"

namespace robust_features::layered {

// Value ← the largest number, or the mean, of every window; the mean of the whole image for a
// global average pooling. Padding does not count.
class PoolingStage : public Stage {
 public:
  // `place` is the stage's own in its program.
  PoolingStage(const Architecture& architecture, std::size_t operation, std::size_t place,
               InputGradient input_gradient, const Layout& source);

  Layout layout() const override { return target_; }
  void need(WorkerNeeds& needs) const override;
  std::size_t workspace() const override;
  void forward(Tile& tile, Worker& worker) const override;
  void backward(Tile& tile, Worker& worker, float* parameter_gradient) const override;

 private:
  void keep_nan(Tile& tile) const;

  std::size_t place_, input_, output_;
  InputGradient input_gradient_;
  Layout source_, target_;
  onednn::Descriptor workspace_;
  bool has_workspace_;
  onednn::Primitive forward_, backward_;
};

}  // namespace robust_features::layered
