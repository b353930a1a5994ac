#pragma once

#include <optional>

#include "layered/stage.hpp"

namespace robust_features::layered {

// The gradient by the images of a first convolution. oneDNN fills its blocks of 16 channels up
// where images have one or three; here the window's positions take their place:
//   1. C = D W, D the gradient by the convolution's value (positions × channels of a block),
//      W its weights (channels × window positions · image channels);
//   2. every pixel adds up what the windows that see it have at its place.
class ImageGradient {
 public:
  // Nothing where another way is faster: many image channels, strides, unblocked values, or no
  // kernels for products on this processor.
  static std::optional<ImageGradient> where_it_pays(const Operation& operation,
                                                    const ImageShape& image, const Layout& target);

  void need(WorkerNeeds& needs) const { needs.numbers(1, target_.plane.positions * columns_); }
  // `weights` in the order outputs × inputs × window × window.
  void prepare(const float* weights);
  // Writes images × channels × height × width.
  void run(const float* gradient, float* images, Worker& worker) const;

 private:
  ImageGradient(const Operation& operation, const ImageShape& image, const ImageShape& value,
                const Layout& target);

  void add_up(const float* columns, bool first, float* image) const;

  std::size_t outputs_, window_, padding_;
  ImageShape image_;
  std::size_t value_height_, value_width_;
  Layout target_;
  std::size_t columns_;
  AlignedBuffer<float> panels_;  // block by block
};

}  // namespace robust_features::layered
