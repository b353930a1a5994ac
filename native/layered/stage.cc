#include "layered/stage.hpp"

#include <algorithm>

namespace robust_features::layered {

void Worker::run(const onednn::Primitive& primitive,
                 std::unordered_map<int, dnnl::memory> arguments) {
  const onednn::Descriptor scratch(
      {static_cast<dnnl::memory::dim>(std::max<std::size_t>(primitive.scratchpad, 1))},
      dnnl::memory::data_type::u8, dnnl::memory::format_tag::a);
  arguments.emplace(DNNL_ARG_SCRATCHPAD, view(scratch, scratchpad.data()));
  primitive.primitive.execute(stream, arguments);
}

void WorkerNeeds::primitive(const onednn::Primitive& primitive) {
  scratchpad = std::max(scratchpad, primitive.scratchpad);
}

void WorkerNeeds::numbers(std::size_t which, std::size_t count) {
  reordered[which] = std::max(reordered[which], count);
}

void WorkerNeeds::weights(std::size_t numbers) {
  weight_gradient = std::max(weight_gradient, numbers);
}

void WorkerNeeds::input_gradient(const Layout& layout, InputGradient use) {
  if (use == InputGradient::added) gradient = std::max(gradient, layout.numbers());
}

Worker WorkerNeeds::make() const {
  Worker worker;
  worker.scratchpad = AlignedBuffer<std::uint8_t>(std::max<std::size_t>(scratchpad, 1));
  for (std::size_t i : {0, 1}) worker.reordered[i] = AlignedBuffer<float>(reordered[i]);
  worker.weight_gradient = AlignedBuffer<float>(weight_gradient);
  worker.gradient = AlignedBuffer<float>(gradient);
  return worker;
}

void rectify(AlignedBuffer<float>& numbers) {
  kernel_table<float>().activation_values({ActivationKind::relu, 2, 1}, numbers.data(),
                                          numbers.data(), numbers.size());
}

dnnl::memory view(const onednn::Descriptor& descriptor, const void* numbers) {
  return {descriptor, onednn::engine(), const_cast<void*>(numbers)};
}

void reorder(const onednn::Descriptor& from, const void* source, const onednn::Descriptor& to,
             void* target, Worker& worker) {
  dnnl::memory source_view = view(from, source), target_view = view(to, target);
  dnnl::reorder(source_view, target_view).execute(worker.stream, source_view, target_view);
}

}  // namespace robust_features::layered
