#include "layered/image_gradient.hpp"

#include <algorithm>

namespace robust_features::layered {

namespace {

constexpr std::size_t kMostChannels = 4;

// The compiler's own vector of a pixel's channels; loads beyond them are of the next window
// position.
using Pixel [[gnu::vector_size(kMostChannels * sizeof(float))]] = float;

}  // namespace

std::optional<ImageGradient> ImageGradient::where_it_pays(const Operation& operation,
                                                          const ImageShape& image,
                                                          const Layout& target) {
  const bool blocked = target.plane.block == 8 || target.plane.block == 16;
  if (image.channels > kMostChannels || operation.stride != 1 || !blocked ||
      !kernel_table<float>().fast_products)
    return std::nullopt;
  const std::size_t side = 2 * operation.padding + 1 - operation.window;
  return ImageGradient(operation, image, {0, image.height + side, image.width + side}, target);
}

ImageGradient::ImageGradient(const Operation& operation, const ImageShape& image,
                             const ImageShape& value, const Layout& target)
    : outputs_(operation.outputs),
      window_(operation.window),
      padding_(operation.padding),
      image_(image),
      value_height_(value.height),
      value_width_(value.width),
      target_(target) {
  // Whole vectors, and room for the last pixel's load.
  const std::size_t used = window_ * window_ * image.channels + kMostChannels - 1;
  columns_ = (used + 2 * kLanes<float> - 1) / (2 * kLanes<float>)*2 * kLanes<float>;
  panels_ = AlignedBuffer<float>(target.blocks * target.plane.block * columns_);
}

void ImageGradient::prepare(const float* weights) {
  const std::size_t block = target_.plane.block;
  const std::size_t places = window_ * window_;
  for (std::size_t o = 0; o < outputs_; ++o) {
    float* panels = panels_.data() + o / block * block * columns_;
    for (std::size_t place = 0; place < places; ++place) {
      for (std::size_t c = 0; c < image_.channels; ++c) {
        // Panels are two vectors wide, one after the other.
        const std::size_t column = place * image_.channels + c;
        const std::size_t width = 2 * kLanes<float>;
        const std::size_t panel = column / width;
        panels[(panel * block + o % block) * width + column % width] =
            weights[(o * image_.channels + c) * places + place];
      }
    }
  }
}

void ImageGradient::run(const float* gradient, float* images, Worker& worker) const {
  const Plane& plane = target_.plane;
  float* columns = worker.reordered[1].data();
  for (std::size_t image = 0; image < target_.images; ++image) {
    for (std::size_t b = 0; b < target_.blocks; ++b) {
      const float* part =
          gradient + image * target_.image_numbers() + b * plane.positions * plane.block;
      kernel_table<float>().multiply_by_panels(
          plane.positions, columns_, plane.block, part, plane.block,
          panels_.data() + b * plane.block * columns_, columns, columns_);
      add_up(columns, b == 0, images + image * image_.numbers());
    }
  }
}

void ImageGradient::add_up(const float* columns, bool first, float* image) const {
  // Pixel y is at place k of the window at y + padding − k, where there is one.
  const auto places = [this](std::size_t at, std::size_t windows) {
    const std::size_t padded = at + padding_;
    const std::size_t begin = padded + 1 > windows ? padded + 1 - windows : 0;
    return std::pair(begin, std::min(window_, padded + 1));
  };
  for (std::size_t y = 0; y < image_.height; ++y) {
    const auto [top, bottom] = places(y, value_height_);
    for (std::size_t x = 0; x < image_.width; ++x) {
      const auto [left, right] = places(x, value_width_);
      Pixel sum{};
      for (std::size_t row = top; row < bottom; ++row) {
        for (std::size_t column = left; column < right; ++column) {
          const std::size_t window = (y + padding_ - row) * value_width_ + x + padding_ - column;
          Pixel seen;
          __builtin_memcpy(&seen,
                           columns + window * columns_ + (row * window_ + column) * image_.channels,
                           sizeof(seen));
          sum += seen;
        }
      }
      for (std::size_t c = 0; c < image_.channels; ++c) {
        float& pixel = image[c * image_.pixels() + y * image_.width + x];
        pixel = first ? sum[c] : pixel + sum[c];
      }
    }
  }
}

}  // namespace robust_features::layered
