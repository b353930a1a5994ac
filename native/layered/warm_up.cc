#include "layered/warm_up.hpp"

#include "layered/evaluation.hpp"

namespace robust_features::layered {

namespace {

Architecture one_of_everything() {
  std::vector<Operation> operations;
  const auto add = [&](OperationKind kind, std::size_t input) -> Operation& {
    Operation operation{};
    operation.kind = kind;
    operation.input = input;
    operation.epsilon = 1;
    operations.push_back(operation);
    return operations.back();
  };
  Operation& normalization = add(OperationKind::normalization, 0);
  normalization.mean.assign(3, 0);
  normalization.deviation.assign(3, 1);
  for (std::size_t i = 1; i <= 2; ++i) {  // the second is wide enough for Winograd's transform
    Operation& convolution = add(OperationKind::convolution, i);
    convolution.outputs = 32;
    convolution.window = 3;
    convolution.padding = 1;
  }
  add(OperationKind::batch_normalization, 3);
  for (const OperationKind kind : {OperationKind::max_pooling, OperationKind::average_pooling}) {
    Operation& pooling = add(kind, operations.size());
    pooling.window = pooling.stride = 2;
  }
  add(OperationKind::global_average_pooling, 6);
  add(OperationKind::dense, 7).outputs = 2;
  return {{3, 8, 8}, std::move(operations)};
}

}  // namespace

void warm_up() {
  const Architecture architecture = one_of_everything();
  const std::vector<float> parameters(architecture.parameter_count());
  const std::vector<float> statistics(architecture.statistic_count());
  const Network network{architecture, parameters.data(), statistics.data()};
  const ImageShape& shape = architecture.shape(0);
  const ImageData data{shape, 1, 2, std::vector<std::uint8_t>(shape.numbers()), {0}};
  ThreadTeam alone(1);
  const Cancellation never;
  forward(network, {data}, architecture.values() - 2, alone, never);
  image_gradients(network, {data}, alone, never);
  parameter_gradient(network, {data}, alone);
}

}  // namespace robust_features::layered
