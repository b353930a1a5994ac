#include "layered/image_data.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "engine/random_stream.hpp"

namespace robust_features::layered {

ImageData select_images(const ImageData& data, std::span<const std::int32_t> indices) {
  ImageData selected{data.shape, indices.size(), data.classes, {}, {}};
  selected.images.reserve(indices.size() * data.shape.numbers());
  for (const std::int32_t index : indices) {
    const auto image = data.image(static_cast<std::size_t>(index));
    selected.images.insert(selected.images.end(), image.begin(), image.end());
    selected.labels.push_back(data.labels[static_cast<std::size_t>(index)]);
  }
  return selected;
}

Placement draw_placement(const Augmentation& augmentation, std::uint64_t seed, std::size_t epoch,
                         std::size_t sample) {
  const RandomStream stream(seed, "augmentation", static_cast<std::uint32_t>(sample),
                            static_cast<std::uint32_t>(epoch));
  std::array<double, 3> draws{};
  stream.uniforms(0, draws);
  const auto offset = [&](double draw) {
    return static_cast<std::ptrdiff_t>(uniform_index(draw, 2 * augmentation.padding + 1)) -
           static_cast<std::ptrdiff_t>(augmentation.padding);
  };
  return {offset(draws[0]), offset(draws[1]), augmentation.flip && draws[2] < 0.5};
}

void load_image(const ImageData& data, std::size_t sample, const Placement& placement, float* out) {
  const ImageShape& shape = data.shape;
  const std::span<const std::uint8_t> image = data.image(sample);
  const auto height = static_cast<std::ptrdiff_t>(shape.height);
  const auto width = static_cast<std::ptrdiff_t>(shape.width);
  for (std::ptrdiff_t row = 0; row < height; ++row) {
    for (std::ptrdiff_t column = 0; column < width; ++column) {
      const std::ptrdiff_t from_row = row + placement.down;
      const std::ptrdiff_t from_column =
          (placement.flipped ? width - 1 - column : column) + placement.right;
      const bool inside =
          from_row >= 0 && from_row < height && from_column >= 0 && from_column < width;
      const auto to = static_cast<std::size_t>(row * width + column);
      const auto from = static_cast<std::size_t>(inside ? from_row * width + from_column : 0);
      for (std::size_t c = 0; c < shape.channels; ++c) {
        const float value = static_cast<float>(image[from * shape.channels + c]) / 255.0f;
        out[c * shape.pixels() + to] = inside ? value : 0.0f;
      }
    }
  }
}

void channels_first(const ImageShape& shape, const float* channels_last, float* out) {
  for (std::size_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    for (std::size_t c = 0; c < shape.channels; ++c)
      out[c * shape.pixels() + pixel] = channels_last[pixel * shape.channels + c];
  }
}

void channels_last(const ImageShape& shape, const float* channels_first, float* out) {
  for (std::size_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    for (std::size_t c = 0; c < shape.channels; ++c)
      out[pixel * shape.channels + c] = channels_first[c * shape.pixels() + pixel];
  }
}

}  // namespace robust_features::layered
