#include "layered/layout.hpp"

namespace robust_features::layered {

namespace {

Layout with_block(std::size_t images, const ImageShape& shape, std::size_t block,
                  dnnl::memory::format_tag tag) {
  return {onednn::tensor(dimensions(images, shape), tag),
          tag,
          images,
          {shape.pixels(), block},
          (shape.channels + block - 1) / block};
}

}  // namespace

dnnl::memory::dims dimensions(std::size_t images, const ImageShape& shape) {
  return {static_cast<dnnl::memory::dim>(images), static_cast<dnnl::memory::dim>(shape.channels),
          static_cast<dnnl::memory::dim>(shape.height),
          static_cast<dnnl::memory::dim>(shape.width)};
}

Layout plain_layout(std::size_t images, const ImageShape& shape) {
  return with_block(images, shape, 1, dnnl::memory::format_tag::nchw);
}

onednn::Descriptor rows(std::size_t images, std::size_t numbers) {
  return onednn::tensor(
      {static_cast<dnnl::memory::dim>(images), static_cast<dnnl::memory::dim>(numbers)},
      dnnl::memory::format_tag::nc);
}

Layout readable_layout(std::size_t images, const ImageShape& shape,
                       const onednn::Descriptor& chosen) {
  using Tag = dnnl::memory::format_tag;
  const Layout plain = plain_layout(images, shape);
  if (chosen == plain.descriptor) return plain;
  for (const Layout& layout :
       {with_block(images, shape, 16, Tag::nChw16c), with_block(images, shape, 8, Tag::nChw8c),
        with_block(images, shape, shape.channels, Tag::nhwc)}) {
    if (chosen == layout.descriptor) return layout;
  }
  return plain;
}

Layout layout_like(const Layout& layout, const ImageShape& shape) {
  const std::size_t block =
      layout.tag == dnnl::memory::format_tag::nhwc ? shape.channels : layout.plane.block;
  return with_block(layout.images, shape, block, layout.tag);
}

}  // namespace robust_features::layered
