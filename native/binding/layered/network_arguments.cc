#include "binding/layered/network_arguments.hpp"

#include <stdexcept>

#include "binding/gradient_attack_argument.hpp"

namespace robust_features::binding {

namespace {

using layered::Operation;
using layered::OperationKind;

constexpr std::size_t kMostOperations = 10000;
constexpr std::size_t kLongestSide = 65535;

std::vector<float> number_list(const Options& options, const char* name) {
  const Napi::Value value = options.get(name);
  if (!value.IsArray()) invalid(options.env(), options.path(name), "an array of numbers");
  const auto list = value.As<Napi::Array>();
  // Read once, here and below, for a getter could lengthen it for ever.
  const std::uint32_t length = list.Length();
  if (length > kLongestSide) invalid(options.env(), options.path(name), "at most 65535 long");
  std::vector<float> numbers;
  for (std::uint32_t i = 0; i < length; ++i)
    numbers.push_back(static_cast<float>(number(list.Get(i), options.path(name), -1e30, 1e30)));
  return numbers;
}

Operation operation_argument(const Options& options) {
  Operation operation{};
  operation.kind = options.one_of<OperationKind>(
      "kind", {{"normalization", OperationKind::normalization},
               {"convolution", OperationKind::convolution},
               {"dense", OperationKind::dense},
               {"activation", OperationKind::activation},
               {"maxPooling", OperationKind::max_pooling},
               {"averagePooling", OperationKind::average_pooling},
               {"globalAveragePooling", OperationKind::global_average_pooling},
               {"batchNormalization", OperationKind::batch_normalization},
               {"addition", OperationKind::addition}});
  operation.input = options.size("input", 0, kMostOperations);
  switch (operation.kind) {
    case OperationKind::normalization:
      operation.mean = number_list(options, "mean");
      operation.deviation = number_list(options, "deviation");
      break;
    case OperationKind::convolution:
      operation.outputs = options.size("outputs", 1, kLongestSide);
      operation.bias = options.boolean("bias");
      [[fallthrough]];
    case OperationKind::max_pooling:
    case OperationKind::average_pooling:
      operation.window = options.size("window", 1, 1024);
      operation.stride = options.size("stride", 1, 1024);
      operation.padding = options.size("padding", 0, 1023);
      break;
    case OperationKind::dense:
      operation.outputs = options.size("outputs", 1, 1000000);
      operation.bias = options.boolean("bias");
      break;
    case OperationKind::activation: {
      const Activation<double> given = activation_arguments(options.options("activation"));
      operation.activation = {given.kind, given.power, static_cast<float>(given.threshold)};
      break;
    }
    case OperationKind::batch_normalization:
      operation.momentum = options.number("momentum", 0, 1);
      operation.epsilon = options.number("epsilon", 1e-12, 1e6);
      break;
    case OperationKind::addition:
      operation.other = options.size("other", 0, kMostOperations);
      break;
    default:
      break;
  }
  return operation;
}

}  // namespace

layered::Architecture architecture_argument(Napi::Value value, const std::string& name) {
  const Options options(value, name);
  const layered::ImageShape input{options.size("channels", 1, kLongestSide),
                                  options.size("height", 1, kLongestSide),
                                  options.size("width", 1, kLongestSide)};
  const Napi::Value operations = options.get("operations");
  if (!operations.IsArray()) invalid(options.env(), options.path("operations"), "an array");
  const auto list = operations.As<Napi::Array>();
  const std::uint32_t length = list.Length();
  if (length > kMostOperations)
    invalid(options.env(), options.path("operations"), "at most 10000 long");
  std::vector<Operation> read;
  for (std::uint32_t i = 0; i < length; ++i) {
    read.push_back(operation_argument(
        Options(list.Get(i), options.path("operations") + "[" + std::to_string(i) + "]")));
  }
  try {
    return {input, std::move(read)};
  } catch (const std::invalid_argument& error) {
    throw make_error(options.env(), "INVALID_ARGUMENT", error.what());
  }
}

std::vector<float> float_copy(Napi::Value value, const std::string& name, std::size_t length) {
  const std::span<float> view = typed_view<float>(value, name);
  require_length(value.Env(), view.size(), length, name);
  return finite_copy<float>(value.Env(), view, name);
}

LayeredNetworkArguments layered_network_argument(Napi::Value value, const std::string& name) {
  const Options options(value, name);
  layered::Architecture architecture =
      architecture_argument(options.get("architecture"), options.path("architecture"));
  std::vector<float> parameters = float_copy(options.get("parameters"), options.path("parameters"),
                                             architecture.parameter_count());
  std::vector<float> statistics = float_copy(options.get("statistics"), options.path("statistics"),
                                             architecture.statistic_count());
  for (std::size_t i = 0; i < architecture.operations().size(); ++i) {
    if (architecture.operations()[i].kind != OperationKind::batch_normalization) continue;
    const std::size_t channels = architecture.shape(i + 1).channels;
    for (std::size_t c = 0; c < channels; ++c) {
      if (statistics[architecture.statistics(i) + channels + c] < 0)
        invalid(options.env(), options.path("statistics"), "variances of at least 0");
    }
  }
  return {std::move(architecture), std::move(parameters), std::move(statistics)};
}

void require_matching(Napi::Env env, const layered::Architecture& architecture,
                      const layered::ImageData& data) {
  if (!(architecture.shape(0) == data.shape))
    invalid(env, "data", "of the size of the network's images");
  if (data.classes > architecture.classes())
    invalid(env, "network",
            "with at least the data's " + std::to_string(data.classes) + " classes");
}

std::vector<GradientAttack> image_attack_arguments(Napi::Value value) {
  const Napi::Env env = value.Env();
  if (!value.IsArray()) invalid(env, "attacks", "an array");
  const auto list = value.As<Napi::Array>();
  const std::uint32_t length = list.Length();
  if (length > 1000) invalid(env, "attacks", "at most 1000 long");
  std::vector<GradientAttack> attacks;
  for (std::uint32_t i = 0; i < length; ++i) {
    const Options options(list.Get(i), "attacks[" + std::to_string(i) + "]");
    options.one_of<bool>("kind", {{"gradientAscent", true}});
    attacks.push_back(gradient_attack_argument(options));
    const GradientAttack& attack = attacks.back();
    if (attack.budget != Budget::input) invalid(env, options.path("budget"), "'input' for images");
    if (attack.surrogate_slope != 0)
      invalid(env, options.path("surrogateSlope"), "0 for layered networks");
    if (attack.lower > 0 || attack.upper < 1)
      invalid(env, options.path("lower"), "bounds that hold [0, 1]");
  }
  return attacks;
}

}  // namespace robust_features::binding
