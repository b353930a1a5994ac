#include "layered/dense_stage.hpp"

#include <algorithm>

namespace robust_features::layered {

namespace {

using Tag = dnnl::memory::format_tag;

onednn::Descriptor weight_rows(const Architecture& architecture, std::size_t index, Tag tag) {
  const Operation& operation = architecture.operations()[index];
  return onednn::tensor(
      {static_cast<dnnl::memory::dim>(operation.outputs),
       static_cast<dnnl::memory::dim>(architecture.shape(operation.input).numbers())},
      tag);
}

}  // namespace

DenseStage::DenseStage(const Architecture& architecture, const WeightedStage& stage,
                       const Layout& source)
    : stage_(stage),
      input_(architecture.operations()[stage.operation].input),
      source_(source),
      weights_(architecture, stage.operation, stage.folded,
               weight_rows(architecture, stage.operation, Tag::oi)) {
  const ImageShape& in = architecture.shape(input_);
  const ImageShape& out = architecture.shape(stage.operation + 1);
  const Layout plain = plain_layout(source.images, in);
  plain_source_ = plain.descriptor;
  // One position, or one channel at a time, is in channel, row, column order already.
  source_is_flat_ =
      source.plane.block == 1 || (source.plane.positions == 1 && source.channels() == in.channels);
  rows_ = rows(source.images, in.numbers());
  target_ = plain_layout(source.images, out);
  target_rows_ = rows(source.images, out.numbers());
  const onednn::Descriptor any_weights = weight_rows(architecture, stage.operation, Tag::any);
  const onednn::Descriptor biases = weights_.bias_descriptor();

  const auto describe = [&](dnnl::prop_kind kind) {
    return onednn::describe<dnnl::inner_product_forward>(kind, rows_, any_weights, biases,
                                                         target_rows_);
  };
  const auto chosen = describe(dnnl::prop_kind::forward_inference);
  forward_ = onednn::make<dnnl::inner_product_forward>(chosen);
  weights_.add_order(chosen.weights_desc());
  const auto hint = describe(dnnl::prop_kind::forward_training);
  if (stage.input_gradient != InputGradient::unused) {
    const auto data = onednn::describe_backward<dnnl::inner_product_backward_data>(
        hint, rows_, any_weights, target_rows_);
    backward_data_ = onednn::make<dnnl::inner_product_backward_data>(data);
    data_order_ = 1;
    weights_.add_order(data.weights_desc());
  }
  if (stage.trains) {
    const auto gradient = onednn::describe_backward<dnnl::inner_product_backward_weights>(
        hint, rows_, any_weights, biases, target_rows_);
    backward_weights_ = onednn::make<dnnl::inner_product_backward_weights>(gradient);
    weight_order_ = data_order_ + 1;
    weights_.add_order(gradient.diff_weights_desc());
  }
}

void DenseStage::need(WorkerNeeds& needs) const {
  needs.primitive(forward_);
  needs.reorder(0, plain_source_);
  if (stage_.input_gradient != InputGradient::unused) {
    needs.primitive(backward_data_);
    needs.gradient = std::max(needs.gradient, source_.numbers());
  }
  if (stage_.trains) {
    needs.primitive(backward_weights_);
    needs.weights(gradient_numbers());
  }
}

const float* DenseStage::flattened(const Tile& tile, Worker& worker) const {
  const float* in = tile.values[input_].data();
  if (source_is_flat_) return in;
  reorder(source_.descriptor, in, plain_source_, worker.reordered[0].data(), worker);
  return worker.reordered[0].data();
}

void DenseStage::forward(Tile& tile, Worker& worker) const {
  worker.run(forward_,
             weights_.forward_arguments(view(rows_, flattened(tile, worker)),
                                        view(target_rows_, tile.values[stage_.output].data())));
  if (stage_.rectified) rectify(tile.values[stage_.output]);
}

void DenseStage::backward(Tile& tile, Worker& worker, float* parameter_gradient) const {
  AlignedBuffer<float>& gradient = tile.gradients[stage_.output];
  const KernelTable<float>& kernels = kernel_table<float>();
  if (stage_.rectified) {
    kernels.keep_where_positive(tile.values[stage_.output].data(), gradient.data(), gradient.data(),
                                gradient.size());
  }
  const dnnl::memory out = view(target_rows_, gradient.data());
  if (parameter_gradient != nullptr) {
    weights_.add_gradient(weight_order_, backward_weights_, view(rows_, flattened(tile, worker)),
                          out, worker, parameter_gradient);
  }
  if (stage_.input_gradient == InputGradient::unused) return;
  AlignedBuffer<float>& in = tile.gradients[input_];
  const bool added = stage_.input_gradient == InputGradient::added;
  float* made = added ? worker.gradient.data() : in.data();
  float* computed = source_is_flat_ ? made : worker.reordered[0].data();
  worker.run(backward_data_, {{DNNL_ARG_DIFF_DST, out},
                              {DNNL_ARG_WEIGHTS, weights_.ordered(data_order_)},
                              {DNNL_ARG_DIFF_SRC, view(rows_, computed)}});
  if (!source_is_flat_) reorder(plain_source_, computed, source_.descriptor, made, worker);
  if (added) kernels.add(in.data(), made, in.data(), in.size());
}

std::size_t DenseStage::gradient_numbers() const {
  return stage_.trains ? weights_.gradient_numbers(weight_order_) : 0;
}

}  // namespace robust_features::layered
