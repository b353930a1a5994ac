#include "layered/convolution_stage.hpp"

#include <algorithm>

namespace robust_features::layered {

namespace {

using Dimensions = dnnl::memory::dims;
using dnnl::algorithm;
using Tag = dnnl::memory::format_tag;

Dimensions pair(std::size_t number) {
  return Dimensions(2, static_cast<dnnl::memory::dim>(number));
}

onednn::Descriptor plain_weights(const Architecture& architecture, std::size_t index,
                                 Tag tag = Tag::oihw) {
  const Operation& operation = architecture.operations()[index];
  const auto window = static_cast<dnnl::memory::dim>(operation.window);
  const auto inputs = architecture.shape(operation.input).channels;
  return onednn::tensor({static_cast<dnnl::memory::dim>(operation.outputs),
                         static_cast<dnnl::memory::dim>(inputs), window, window},
                        tag);
}

// Where a primitive wants another layout than the value's, the numbers are put in order first.
const float* in_order(const onednn::Descriptor& wanted, const Layout& layout,
                      const AlignedBuffer<float>& numbers, std::size_t which, Worker& worker) {
  if (wanted == layout.descriptor) return numbers.data();
  float* reordered = worker.reordered[which].data();
  reorder(layout.descriptor, numbers.data(), wanted, reordered, worker);
  return reordered;
}

// Winograd's transform F(4×4, 3×3) halves the time where enough channels share it, at an error of
// some 1e-5 (A. Lavin, S. Gray, arXiv 1509.09308). oneDNN has it for some processors and versions.
constexpr std::size_t kChannelsForWinograd = 32;

bool suits_winograd(const Operation& operation, const ImageShape& in) {
  return operation.window == 3 && operation.stride == 1 &&
         std::min(in.channels, operation.outputs) >= kChannelsForWinograd;
}

// What `describe` gives for Winograd's transform where it suits and is there, else directly.
template <class Describe>
auto with_algorithm(bool winograd, const Describe& describe) {
  if (winograd) {
    try {
      return describe(algorithm::convolution_winograd);
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) throw;
    }
  }
  return describe(algorithm::convolution_direct);
}

}  // namespace

ConvolutionStage::ConvolutionStage(const Architecture& architecture, const WeightedStage& stage,
                                   const Layout& source)
    : stage_(stage),
      input_(architecture.operations()[stage.operation].input),
      source_(source),
      weights_(architecture, stage.operation, stage.folded,
               plain_weights(architecture, stage.operation)) {
  const Operation& operation = architecture.operations()[stage.operation];
  const ImageShape& in = architecture.shape(input_);
  const ImageShape& out = architecture.shape(stage.operation + 1);
  const Dimensions strides = pair(operation.stride);
  // Behind the last window that fits, padding may be left over.
  const auto last = [&](std::size_t before, std::size_t after) {
    return static_cast<dnnl::memory::dim>((after - 1) * operation.stride + operation.window) -
           static_cast<dnnl::memory::dim>(before + operation.padding);
  };
  const Dimensions padding = pair(operation.padding);
  const Dimensions padding_after{last(in.height, out.height), last(in.width, out.width)};
  const onednn::Descriptor any_source = onednn::tensor(dimensions(source.images, in), Tag::any);
  const onednn::Descriptor any_target = onednn::tensor(dimensions(source.images, out), Tag::any);
  const onednn::Descriptor any_weights = plain_weights(architecture, stage.operation, Tag::any);
  const onednn::Descriptor biases = weights_.bias_descriptor();

  const auto forward = [&](const onednn::Descriptor& from, dnnl::prop_kind kind, algorithm how) {
    return onednn::describe<dnnl::convolution_forward>(kind, how, from, any_weights, biases,
                                                       any_target, strides, padding, padding_after);
  };
  const bool winograd = suits_winograd(operation, in);
  const auto chosen = with_algorithm(winograd, [&](algorithm how) {
    const auto kind = dnnl::prop_kind::forward_inference;
    const auto direct = forward(source.descriptor, kind, how);
    return onednn::is_fast(direct) ? direct : forward(any_source, kind, how);
  });
  target_ = readable_layout(source.images, out, chosen.dst_desc());
  forward_ = onednn::make<dnnl::convolution_forward>(chosen);
  forward_source_ = chosen.src_desc();
  forward_target_ = chosen.dst_desc();
  weights_.add_order(chosen.weights_desc());

  const auto hint = [&](algorithm how) {
    return forward(any_source, dnnl::prop_kind::forward_training, how);
  };
  // Blocks of one number a channel are what images come in.
  if (stage.input_gradient != InputGradient::unused && source.plane.block == 1)
    image_gradient_ = ImageGradient::where_it_pays(operation, in, target_);
  if (stage.input_gradient != InputGradient::unused && !image_gradient_) {
    const auto data = with_algorithm(winograd, [&](algorithm how) {
      return onednn::describe_backward<dnnl::convolution_backward_data>(
          hint(how), how, any_source, any_weights, target_.descriptor, strides, padding,
          padding_after);
    });
    data_source_ = data.diff_src_desc();
    data_target_ = data.diff_dst_desc();
    backward_data_ = onednn::make<dnnl::convolution_backward_data>(data);
    data_order_ = 1;
    weights_.add_order(data.weights_desc());
  }
  if (stage.trains) {
    const auto backward = [&](const onednn::Descriptor& from) {
      return onednn::describe_backward<dnnl::convolution_backward_weights>(
          hint(algorithm::convolution_direct), algorithm::convolution_direct, from, any_weights,
          biases, target_.descriptor, strides, padding, padding_after);
    };
    auto chosen_weights = backward(source.descriptor);
    if (!onednn::is_fast(chosen_weights)) chosen_weights = backward(any_source);
    weights_source_ = chosen_weights.src_desc();
    weights_target_ = chosen_weights.diff_dst_desc();
    backward_weights_ = onednn::make<dnnl::convolution_backward_weights>(chosen_weights);
    weight_order_ = data_order_ + 1;
    weights_.add_order(chosen_weights.diff_weights_desc());
  }
}

void ConvolutionStage::need(WorkerNeeds& needs) const {
  needs.primitive(forward_);
  needs.reorder(0, forward_source_);
  needs.reorder(1, forward_target_);
  if (image_gradient_) {
    image_gradient_->need(needs);
  } else if (stage_.input_gradient != InputGradient::unused) {
    needs.primitive(backward_data_);
    needs.reorder(0, data_source_);
    needs.reorder(1, data_target_);
  }
  needs.input_gradient(source_, stage_.input_gradient);
  if (stage_.trains) {
    needs.primitive(backward_weights_);
    needs.reorder(0, weights_source_);
    needs.reorder(1, weights_target_);
    needs.weights(gradient_numbers());
  }
}

void ConvolutionStage::prepare(const float* parameters, const float* statistics, Worker& worker) {
  weights_.prepare(parameters, statistics, worker);
  if (image_gradient_) image_gradient_->prepare(weights_.plain(parameters));
}

void ConvolutionStage::forward(Tile& tile, Worker& worker) const {
  AlignedBuffer<float>& out = tile.values[stage_.output];
  const bool direct = forward_target_ == target_.descriptor;
  float* made = direct ? out.data() : worker.reordered[1].data();
  const float* in = in_order(forward_source_, source_, tile.values[input_], 0, worker);
  worker.run(forward_,
             weights_.forward_arguments(view(forward_source_, in), view(forward_target_, made)));
  if (!direct) reorder(forward_target_, made, target_.descriptor, out.data(), worker);
  if (stage_.rectified) rectify(out);
}

void ConvolutionStage::backward(Tile& tile, Worker& worker, float* parameter_gradient) const {
  AlignedBuffer<float>& gradient = tile.gradients[stage_.output];
  if (stage_.rectified) {
    kernel_table<float>().keep_where_positive(tile.values[stage_.output].data(), gradient.data(),
                                              gradient.data(), gradient.size());
  }
  if (parameter_gradient != nullptr) differentiate_weights(tile, worker, parameter_gradient);
  if (stage_.input_gradient != InputGradient::unused) differentiate_input(tile, worker);
}

void ConvolutionStage::differentiate_input(Tile& tile, Worker& worker) const {
  AlignedBuffer<float>& in = tile.gradients[input_];
  const AlignedBuffer<float>& gradient = tile.gradients[stage_.output];
  const bool added = stage_.input_gradient == InputGradient::added;
  float* made = added ? worker.gradient.data() : in.data();
  if (image_gradient_) {
    image_gradient_->run(gradient.data(), made, worker);
  } else {
    const float* out = in_order(data_target_, target_, gradient, 1, worker);
    const bool direct = data_source_ == source_.descriptor;
    float* computed = direct ? made : worker.reordered[0].data();
    worker.run(backward_data_, {{DNNL_ARG_DIFF_DST, view(data_target_, out)},
                                {DNNL_ARG_WEIGHTS, weights_.ordered(data_order_)},
                                {DNNL_ARG_DIFF_SRC, view(data_source_, computed)}});
    if (!direct) reorder(data_source_, computed, source_.descriptor, made, worker);
  }
  if (added) kernel_table<float>().add(in.data(), made, in.data(), in.size());
}

void ConvolutionStage::differentiate_weights(const Tile& tile, Worker& worker,
                                             float* parameter_gradient) const {
  const float* in = in_order(weights_source_, source_, tile.values[input_], 0, worker);
  const float* out = in_order(weights_target_, target_, tile.gradients[stage_.output], 1, worker);
  weights_.add_gradient(weight_order_, backward_weights_, view(weights_source_, in),
                        view(weights_target_, out), worker, parameter_gradient);
}

std::size_t ConvolutionStage::gradient_numbers() const {
  return stage_.trains ? weights_.gradient_numbers(weight_order_) : 0;
}

}  // namespace robust_features::layered
