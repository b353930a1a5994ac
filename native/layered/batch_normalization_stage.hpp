#pragma once

#include "layered/stage.hpp"

namespace robust_features::layered {

// Value ← [max(0, ·)] (x − mean) / √(variance + ε) · γ + β, mean and variance those of the whole
// mini-batch by channel (S. Ioffe, C. Szegedy, arXiv 1502.03167). Every pass is in three parts:
// each tile is collected from, all tiles are reduced in their order, each tile goes on.
class BatchNormalizationStage : public Stage {
 public:
  BatchNormalizationStage(const Architecture& architecture, std::size_t operation, bool rectified,
                          std::size_t output, InputGradient input_gradient, const Layout& source);

  Layout layout() const override { return layout_; }
  void need(WorkerNeeds& needs) const override { needs.input_gradient(layout_, input_gradient_); }
  void prepare(const float* parameters, const float* statistics, Worker& worker) override;

  // Room for the sums of so many tiles.
  void reserve(std::size_t tiles);
  void collect(const Tile& tile, std::size_t index);
  // Moves the running statistics by `momentum` of the way to the batch's, with its unbiased
  // variance.
  void reduce(std::size_t tiles, float* statistics);
  void forward(Tile& tile, Worker& worker) const override;

  void collect_gradient(Tile& tile, std::size_t index);
  // Adds the gradient by γ and β.
  void reduce_gradient(std::size_t tiles, float* gradient);
  void backward(Tile& tile, Worker& worker, float* parameter_gradient) const override;

 private:
  struct Moments {
    double count = 0;
    std::vector<double> mean, deviations;
    void add(double more, const double* mean_of_more, const double* deviations_of_more);
  };
  struct GradientSums {
    std::vector<double> sums, products;
  };

  template <class Body>
  void for_planes(std::size_t images, const Body& body) const;

  Operation operation_;
  ParameterRange range_;
  std::size_t channels_, statistics_, input_, output_;
  bool rectified_;
  InputGradient input_gradient_;
  Layout layout_;
  AlignedBuffer<float> scales_, shifts_;     // γ and β
  std::vector<Moments> moments_;             // by tile
  std::vector<GradientSums> gradient_sums_;  // by tile
  double count_ = 0;
  std::vector<double> inverse_deviation_;
  AlignedBuffer<float> mean_, scale_, shift_, of_gradient_, of_value_, constant_;
};

}  // namespace robust_features::layered
