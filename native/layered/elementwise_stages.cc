#include "layered/elementwise_stages.hpp"

#include <algorithm>
#include <cmath>

namespace robust_features::layered {

namespace {

const KernelTable<float>& kernels() { return kernel_table<float>(); }

// Where a stage writes the gradient by an input, before it is added to what other readers wrote.
float* gradient_target(InputGradient use, AlignedBuffer<float>& gradient, Worker& worker) {
  return use == InputGradient::added ? worker.gradient.data() : gradient.data();
}

void finish_gradient(InputGradient use, AlignedBuffer<float>& gradient, Worker& worker) {
  if (use == InputGradient::added)
    kernels().add(gradient.data(), worker.gradient.data(), gradient.data(), gradient.size());
}

void rectify_gradient(const Tile& tile, std::size_t value, AlignedBuffer<float>& gradient) {
  kernels().keep_where_positive(tile.values[value].data(), gradient.data(), gradient.data(),
                                gradient.size());
}

}  // namespace

ScaleStage::ScaleStage(const Architecture& architecture, std::size_t operation, bool rectified,
                       std::size_t output, InputGradient input_gradient, const Layout& source)
    : operation_(architecture.operations()[operation]),
      range_(architecture.parameters(operation)),
      channels_(architecture.shape(operation_.input).channels),
      statistics_(architecture.statistics(operation)),
      input_(operation_.input),
      output_(output),
      rectified_(rectified),
      input_gradient_(input_gradient),
      layout_(source),
      scale_(source.channels()),
      shift_(source.channels()),
      zero_(source.channels()) {}

void ScaleStage::prepare(const float* parameters, const float* statistics, Worker&) {
  for (std::size_t c = 0; c < channels_; ++c) {
    if (operation_.kind == OperationKind::normalization) {
      scale_[c] = 1 / operation_.deviation[c];
      shift_[c] = -operation_.mean[c] / operation_.deviation[c];
    } else {
      const float* mean = statistics + statistics_;
      const double scale =
          parameters[range_.weights + c] / std::sqrt(mean[channels_ + c] + operation_.epsilon);
      scale_[c] = static_cast<float>(scale);
      shift_[c] = static_cast<float>(parameters[range_.biases + c] - mean[c] * scale);
    }
  }
}

void ScaleStage::forward(Tile& tile, Worker&) const {
  const float* in = tile.values[input_].data();
  float* out = tile.values[output_].data();
  for (std::size_t p = 0; p < layout_.images * layout_.blocks; ++p) {
    const std::size_t channel = p % layout_.blocks * layout_.plane.block;
    const std::size_t at = p * layout_.plane.positions * layout_.plane.block;
    kernels().scale_and_shift(layout_.plane, in + at, scale_.data() + channel,
                              shift_.data() + channel, rectified_, out + at);
  }
}

void ScaleStage::backward(Tile& tile, Worker& worker, float*) const {
  AlignedBuffer<float>& out = tile.gradients[output_];
  if (rectified_) rectify_gradient(tile, output_, out);
  if (input_gradient_ == InputGradient::unused) return;
  AlignedBuffer<float>& in = tile.gradients[input_];
  float* target = gradient_target(input_gradient_, in, worker);
  for (std::size_t p = 0; p < layout_.images * layout_.blocks; ++p) {
    const std::size_t channel = p % layout_.blocks * layout_.plane.block;
    const std::size_t at = p * layout_.plane.positions * layout_.plane.block;
    kernels().scale_and_shift(layout_.plane, out.data() + at, scale_.data() + channel,
                              zero_.data() + channel, false, target + at);
  }
  finish_gradient(input_gradient_, in, worker);
}

AdditionStage::AdditionStage(const Architecture& architecture, std::size_t operation,
                             bool rectified, std::size_t output, InputGradient first,
                             InputGradient second, const Layout& first_layout,
                             const Layout& second_layout)
    : inputs_{architecture.operations()[operation].input,
              architecture.operations()[operation].other},
      output_(output),
      rectified_(rectified),
      gradients_{first, second},
      layout_(first_layout),
      second_(second_layout) {}

void AdditionStage::need(WorkerNeeds& needs) const {
  if (!(second_.descriptor == layout_.descriptor)) needs.reorder(0, layout_.descriptor);
  needs.input_gradient(second_, gradients_[1]);
}

void AdditionStage::forward(Tile& tile, Worker& worker) const {
  const float* second = tile.values[inputs_[1]].data();
  if (!(second_.descriptor == layout_.descriptor)) {
    reorder(second_.descriptor, second, layout_.descriptor, worker.reordered[0].data(), worker);
    second = worker.reordered[0].data();
  }
  const AlignedBuffer<float>& first = tile.values[inputs_[0]];
  AlignedBuffer<float>& out = tile.values[output_];
  (rectified_ ? kernels().add_rectified : kernels().add)(first.data(), second, out.data(),
                                                         out.size());
}

void AdditionStage::backward(Tile& tile, Worker& worker, float*) const {
  AlignedBuffer<float>& out = tile.gradients[output_];
  if (rectified_) rectify_gradient(tile, output_, out);
  for (std::size_t i : {0, 1}) {
    if (gradients_[i] == InputGradient::unused) continue;
    AlignedBuffer<float>& in = tile.gradients[inputs_[i]];
    const Layout& layout = i == 0 ? layout_ : second_;
    const bool alike = layout.descriptor == layout_.descriptor;
    if (alike && gradients_[i] == InputGradient::added) {
      kernels().add(in.data(), out.data(), in.data(), in.size());
    } else if (alike) {
      std::copy_n(out.data(), out.size(), in.data());
    } else {
      reorder(layout_.descriptor, out.data(), layout.descriptor,
              gradient_target(gradients_[i], in, worker), worker);
      finish_gradient(gradients_[i], in, worker);
    }
  }
}

ActivationStage::ActivationStage(const Architecture& architecture, std::size_t operation,
                                 InputGradient input_gradient, const Layout& source)
    : activation_(architecture.operations()[operation].activation),
      input_(architecture.operations()[operation].input),
      output_(operation + 1),
      input_gradient_(input_gradient),
      layout_(source) {}

void ActivationStage::need(WorkerNeeds& needs) const {
  needs.gradient = std::max(needs.gradient, layout_.numbers());
}

void ActivationStage::forward(Tile& tile, Worker&) const {
  AlignedBuffer<float>& out = tile.values[output_];
  kernels().activation_values(activation_, tile.values[input_].data(), out.data(), out.size());
}

void ActivationStage::backward(Tile& tile, Worker& worker, float*) const {
  if (input_gradient_ == InputGradient::unused) return;
  const AlignedBuffer<float>& z = tile.values[input_];
  AlignedBuffer<float>& in = tile.gradients[input_];
  float* slopes = worker.gradient.data();
  kernels().activation_slopes(activation_, 0, z.data(), slopes, z.size());
  kernels().multiply(slopes, tile.gradients[output_].data(),
                     gradient_target(input_gradient_, in, worker), in.size());
  finish_gradient(input_gradient_, in, worker);
}

}  // namespace robust_features::layered
