#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "layered/architecture.hpp"

namespace robust_features::layered {

// Labelled images as bytes, channels last; immutable once filled, shared between operations. A
// pixel's value is its byte / 255.
struct ImageData {
  ImageShape shape;
  std::size_t samples = 0, classes = 0;
  std::vector<std::uint8_t> images;
  std::vector<std::int32_t> labels;

  std::span<const std::uint8_t> image(std::size_t sample) const {
    return std::span(images).subspan(sample * shape.numbers(), shape.numbers());
  }
};

ImageData select_images(const ImageData& data, std::span<const std::int32_t> indices);

// A crop of the image padded with zeros on all sides, and a flip of left and right.
struct Augmentation {
  std::size_t padding = 0;
  bool flip = false;
};

// How one image is changed in one epoch.
struct Placement {
  std::ptrdiff_t down = 0, right = 0;  // of the crop's corner, from the image's own
  bool flipped = false;
};
Placement draw_placement(const Augmentation& augmentation, std::uint64_t seed, std::size_t epoch,
                         std::size_t sample);

// Numbers on [0, 1], channel by channel, as programs take them.
void load_image(const ImageData& data, std::size_t sample, const Placement& placement, float* out);

void channels_first(const ImageShape& shape, const float* channels_last, float* out);
void channels_last(const ImageShape& shape, const float* channels_first, float* out);

}  // namespace robust_features::layered
