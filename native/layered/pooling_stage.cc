#include "layered/pooling_stage.hpp"

#include <algorithm>
#include <limits>

namespace robust_features::layered {

PoolingStage::PoolingStage(const Architecture& architecture, std::size_t index, std::size_t place,
                           InputGradient input_gradient, const Layout& source)
    : place_(place),
      input_(architecture.operations()[index].input),
      output_(index + 1),
      input_gradient_(input_gradient),
      source_(source),
      target_(layout_like(source, architecture.shape(output_))),
      has_workspace_(architecture.operations()[index].kind == OperationKind::max_pooling) {
  using dnnl::algorithm;
  using Dimensions = dnnl::memory::dims;
  const Operation& operation = architecture.operations()[index];
  const ImageShape& in = architecture.shape(input_);
  const ImageShape& out = architecture.shape(output_);
  const bool global = operation.kind == OperationKind::global_average_pooling;
  const auto number = [](std::size_t n) { return static_cast<dnnl::memory::dim>(n); };
  const Dimensions window = global ? Dimensions{number(in.height), number(in.width)}
                                   : Dimensions(2, number(operation.window));
  const Dimensions strides = global ? window : Dimensions(2, number(operation.stride));
  const Dimensions padding(2, number(global ? 0 : operation.padding));
  Dimensions padding_after(2);
  for (const std::size_t side : {0, 1}) {
    const std::size_t before = side == 0 ? in.height : in.width;
    const std::size_t after = side == 0 ? out.height : out.width;
    padding_after[side] =
        (number(after) - 1) * strides[side] + window[side] - number(before) - padding[side];
  }
  const algorithm kind = operation.kind == OperationKind::max_pooling
                             ? algorithm::pooling_max
                             : algorithm::pooling_avg_exclude_padding;
#if DNNL_VERSION_MAJOR >= 3
  const Dimensions dilation(2, 0);
  const auto forward = onednn::describe<dnnl::pooling_forward>(
      dnnl::prop_kind::forward_training, kind, source_.descriptor, target_.descriptor, strides,
      window, dilation, padding, padding_after);
  const auto backward = onednn::describe_backward<dnnl::pooling_backward>(
      forward, kind, source_.descriptor, target_.descriptor, strides, window, dilation, padding,
      padding_after);
#else
  const auto forward = onednn::describe<dnnl::pooling_forward>(
      dnnl::prop_kind::forward_training, kind, source_.descriptor, target_.descriptor, strides,
      window, padding, padding_after);
  const auto backward = onednn::describe_backward<dnnl::pooling_backward>(
      forward, kind, source_.descriptor, target_.descriptor, strides, window, padding,
      padding_after);
#endif
  forward_ = onednn::make<dnnl::pooling_forward>(forward);
  backward_ = onednn::make<dnnl::pooling_backward>(backward);
  if (has_workspace_) workspace_ = forward.workspace_desc();
}

std::size_t PoolingStage::workspace() const {
  return has_workspace_ ? (workspace_.get_size() + sizeof(float) - 1) / sizeof(float) : 0;
}

void PoolingStage::need(WorkerNeeds& needs) const {
  needs.primitive(forward_);
  needs.primitive(backward_);
  needs.input_gradient(source_, input_gradient_);
}

void PoolingStage::forward(Tile& tile, Worker& worker) const {
  std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, view(source_.descriptor, tile.values[input_].data())},
      {DNNL_ARG_DST, view(target_.descriptor, tile.values[output_].data())}};
  if (has_workspace_)
    arguments.emplace(DNNL_ARG_WORKSPACE, view(workspace_, tile.workspaces[place_].data()));
  worker.run(forward_, std::move(arguments));
  if (has_workspace_) keep_nan(tile);
}

// The largest of a window passes NaN over, which would let an overflow pass for robustness.
void PoolingStage::keep_nan(Tile& tile) const {
  const std::size_t in = source_.image_numbers(), out = target_.image_numbers();
  for (std::size_t image = 0; image < source_.images; ++image) {
    const float* numbers = tile.values[input_].data() + image * in;
    if (kernel_table<float>().sum_of_squares(numbers, 0, in) == 0) continue;
    std::fill_n(tile.values[output_].data() + image * out, out,
                std::numeric_limits<float>::quiet_NaN());
  }
}

void PoolingStage::backward(Tile& tile, Worker& worker, float*) const {
  if (input_gradient_ == InputGradient::unused) return;
  AlignedBuffer<float>& in = tile.gradients[input_];
  const bool added = input_gradient_ == InputGradient::added;
  float* target = added ? worker.gradient.data() : in.data();
  std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_DIFF_DST, view(target_.descriptor, tile.gradients[output_].data())},
      {DNNL_ARG_DIFF_SRC, view(source_.descriptor, target)}};
  if (has_workspace_)
    arguments.emplace(DNNL_ARG_WORKSPACE, view(workspace_, tile.workspaces[place_].data()));
  worker.run(backward_, std::move(arguments));
  if (added) kernel_table<float>().add(in.data(), target, in.data(), in.size());
}

}  // namespace robust_features::layered
