#include "layered/weights.hpp"

#include <algorithm>
#include <cmath>

namespace robust_features::layered {

StageWeights::StageWeights(const Architecture& architecture, std::size_t operation,
                           std::size_t folded, const onednn::Descriptor& plain)
    : range_(architecture.parameters(operation)),
      outputs_(architecture.operations()[operation].outputs),
      folds_(folded < architecture.operations().size()),
      plain_(plain) {
  if (folds_) {
    normalization_ = architecture.parameters(folded);
    statistics_ = architecture.statistics(folded);
    epsilon_ = architecture.operations()[folded].epsilon;
    folded_ = AlignedBuffer<float>(range_.weight_count);
  }
  if (folds_ || range_.bias_count > 0) biases_ = AlignedBuffer<float>(outputs_);
}

void StageWeights::add_order(const onednn::Descriptor& descriptor) {
  orders_.push_back({descriptor, AlignedBuffer<float>(descriptor.get_size() / sizeof(float))});
}

void StageWeights::prepare(const float* parameters, const float* statistics, Worker& worker) {
  if (range_.bias_count > 0)
    std::copy_n(parameters + range_.biases, range_.bias_count, biases_.data());
  if (folds_) fold(parameters, statistics);
  for (Order& order : orders_)
    reorder(plain_, plain(parameters), order.descriptor, order.numbers.data(), worker);
}

void StageWeights::fold(const float* parameters, const float* statistics) {
  const std::size_t per_output = range_.weight_count / outputs_;
  const float* mean = statistics + statistics_;
  const float* variance = mean + outputs_;
  for (std::size_t o = 0; o < outputs_; ++o) {
    const double scale = parameters[normalization_.weights + o] / std::sqrt(variance[o] + epsilon_);
    const double bias = range_.bias_count > 0 ? parameters[range_.biases + o] : 0;
    biases_[o] =
        static_cast<float>(parameters[normalization_.biases + o] + (bias - mean[o]) * scale);
    for (std::size_t i = o * per_output; i < (o + 1) * per_output; ++i)
      folded_[i] = static_cast<float>(parameters[range_.weights + i] * scale);
  }
}

dnnl::memory StageWeights::ordered(std::size_t which) const {
  return view(orders_[which].descriptor, orders_[which].numbers.data());
}

onednn::Descriptor StageWeights::bias_descriptor() const {
  if (biases_.size() == 0) return {};
  return onednn::tensor({static_cast<dnnl::memory::dim>(outputs_)}, dnnl::memory::format_tag::a);
}

std::unordered_map<int, dnnl::memory> StageWeights::forward_arguments(dnnl::memory source,
                                                                      dnnl::memory target) const {
  std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, std::move(source)},
                                                  {DNNL_ARG_WEIGHTS, ordered(0)},
                                                  {DNNL_ARG_DST, std::move(target)}};
  if (biases_.size() > 0) arguments.emplace(DNNL_ARG_BIAS, view(bias_descriptor(), biases_.data()));
  return arguments;
}

void StageWeights::add_gradient(std::size_t which, const onednn::Primitive& primitive,
                                dnnl::memory source, dnnl::memory target_gradient, Worker& worker,
                                float* sum) const {
  float* made = worker.weight_gradient.data();
  const std::size_t weights = orders_[which].numbers.size();
  std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, std::move(source)},
      {DNNL_ARG_DIFF_DST, std::move(target_gradient)},
      {DNNL_ARG_DIFF_WEIGHTS, view(orders_[which].descriptor, made)}};
  if (range_.bias_count > 0)
    arguments.emplace(DNNL_ARG_DIFF_BIAS, view(bias_descriptor(), made + weights));
  worker.run(primitive, std::move(arguments));
  kernel_table<float>().add(sum, made, sum, weights + range_.bias_count);
}

std::size_t StageWeights::gradient_numbers(std::size_t which) const {
  return orders_[which].numbers.size() + range_.bias_count;
}

void StageWeights::unpack_gradient(std::size_t which, const float* sum, float* gradient,
                                   Worker& worker) const {
  const Order& order = orders_[which];
  reorder(order.descriptor, sum, plain_, gradient + range_.weights, worker);
  std::copy_n(sum + order.numbers.size(), range_.bias_count, gradient + range_.biases);
}

}  // namespace robust_features::layered
