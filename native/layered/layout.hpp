#pragma once

#include "kernels/kernel_table.hpp"
#include "layered/onednn.hpp"

namespace robust_features::layered {

// How a tile's numbers of one value lie in memory: image by image, block of channels by block,
// position by position, channel by channel; channels that fill up the last block are zero.
struct Layout {
  onednn::Descriptor descriptor;
  dnnl::memory::format_tag tag{};
  std::size_t images = 0;
  Plane plane{};           // of one block of channels
  std::size_t blocks = 0;  // per image

  std::size_t channels() const { return blocks * plane.block; }  // with the filling
  std::size_t image_numbers() const { return channels() * plane.positions; }
  std::size_t numbers() const { return images * image_numbers(); }
};

// Channel by channel, as images come and go.
Layout plain_layout(std::size_t images, const ImageShape& shape);
// The same numbers as rows, as dense layers want them.
onednn::Descriptor rows(std::size_t images, std::size_t numbers);

// The layout that a primitive chose, where it is one that the kernels here can read; else one they
// can. Whoever gets another descriptor than asked for has to reorder.
Layout readable_layout(std::size_t images, const ImageShape& shape,
                       const onednn::Descriptor& chosen);

// The same order for another shape.
Layout layout_like(const Layout& layout, const ImageShape& shape);

dnnl::memory::dims dimensions(std::size_t images, const ImageShape& shape);

}  // namespace robust_features::layered
