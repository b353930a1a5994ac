#include "layered/program.hpp"

#include <algorithm>

#include "layered/convolution_stage.hpp"
#include "layered/dense_stage.hpp"
#include "layered/elementwise_stages.hpp"
#include "layered/pooling_stage.hpp"

namespace robust_features::layered {

namespace {

// The largest value of a tile stays in a second-level cache of half a megabyte.
constexpr std::size_t kNumbersOfValue = 128 * 1024;
constexpr std::size_t kMostImages = 16;

std::size_t images_of_tile(const Architecture& architecture) {
  std::size_t largest = 1;
  for (std::size_t value = 0; value < architecture.values(); ++value)
    largest = std::max(largest, architecture.shape(value).numbers());
  std::size_t images = kMostImages;
  while (images > 1 && images * largest > kNumbersOfValue) images /= 2;
  return images;
}

// One step before its stage is made: the operations it joins and the value it ends in.
struct Step {
  std::size_t operation, folded, output;
  bool rectified;
};

std::vector<Step> join_operations(const Architecture& architecture, Behaviour behaviour) {
  const std::vector<Operation>& operations = architecture.operations();
  const std::size_t none = operations.size();
  std::vector<bool> joined(none, false);
  std::vector<Step> steps;
  for (std::size_t i = 0; i < none; ++i) {
    if (joined[i]) continue;
    Step step{i, none, i + 1, false};
    const OperationKind kind = operations[i].kind;
    const bool weighted = kind == OperationKind::convolution || kind == OperationKind::dense;
    if (weighted && behaviour == Behaviour::evaluation) {
      step.folded = architecture.only_reader(step.output, OperationKind::batch_normalization);
      if (step.folded < none) step.output = step.folded + 1;
    }
    if (weighted || kind == OperationKind::addition || kind == OperationKind::batch_normalization) {
      const std::size_t reader = architecture.only_reader(step.output, OperationKind::activation);
      if (reader < none && operations[reader].activation.kind == ActivationKind::relu) {
        step.rectified = true;
        step.output = reader + 1;
        joined[reader] = true;
      }
    }
    if (step.folded < none) joined[step.folded] = true;
    steps.push_back(step);
  }
  return steps;
}

}  // namespace

Program::Program(const Architecture& architecture, Behaviour behaviour)
    : architecture_(architecture),
      tile_images_(images_of_tile(architecture)),
      images_differentiated_(behaviour == Behaviour::evaluation) {
  lower(behaviour);
}

// A reader that comes later in the program comes earlier on the way back.
InputGradient Program::claim(std::size_t value, std::vector<bool>& written) const {
  if (value == 0 && !images_differentiated_) return InputGradient::unused;
  if (written[value]) return InputGradient::added;
  written[value] = true;
  return InputGradient::written;
}

void Program::lower(Behaviour behaviour) {
  const onednn::SingleThread single;
  const std::vector<Operation>& operations = architecture_.operations();
  const std::vector<Step> steps = join_operations(architecture_, behaviour);

  struct Uses {
    InputGradient first = InputGradient::unused, second = InputGradient::unused;
  };
  std::vector<Uses> uses(steps.size());
  std::vector<bool> written(architecture_.values(), false);
  for (std::size_t s = steps.size(); s-- > 0;) {
    const Operation& operation = operations[steps[s].operation];
    uses[s].first = claim(operation.input, written);
    if (operation.kind == OperationKind::addition) uses[s].second = claim(operation.other, written);
  }

  layouts_.resize(architecture_.values());
  layouts_[0] = plain_layout(tile_images_, architecture_.shape(0));
  value_numbers_.assign(architecture_.values(), 0);
  value_numbers_[0] = layouts_[0].numbers();
  gradient_offsets_.push_back(0);
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    const Operation& operation = operations[step.operation];
    const Layout& source = layouts_[operation.input];
    const WeightedStage weighted{step.operation, step.folded,   step.rectified,
                                 step.output,    uses[s].first, behaviour == Behaviour::training};
    std::unique_ptr<Stage> stage;
    BatchNormalizationStage* normalization = nullptr;
    switch (operation.kind) {
      case OperationKind::convolution:
        stage = std::make_unique<ConvolutionStage>(architecture_, weighted, source);
        break;
      case OperationKind::dense:
        stage = std::make_unique<DenseStage>(architecture_, weighted, source);
        break;
      case OperationKind::activation:
        stage =
            std::make_unique<ActivationStage>(architecture_, step.operation, uses[s].first, source);
        break;
      case OperationKind::addition:
        stage = std::make_unique<AdditionStage>(architecture_, step.operation, step.rectified,
                                                step.output, uses[s].first, uses[s].second, source,
                                                layouts_[operation.other]);
        break;
      case OperationKind::normalization:
        stage = std::make_unique<ScaleStage>(architecture_, step.operation, step.rectified,
                                             step.output, uses[s].first, source);
        break;
      case OperationKind::batch_normalization:
        if (behaviour == Behaviour::evaluation) {
          stage = std::make_unique<ScaleStage>(architecture_, step.operation, step.rectified,
                                               step.output, uses[s].first, source);
        } else {
          auto owned = std::make_unique<BatchNormalizationStage>(
              architecture_, step.operation, step.rectified, step.output, uses[s].first, source);
          normalization = owned.get();
          stage = std::move(owned);
        }
        break;
      default:
        stage =
            std::make_unique<PoolingStage>(architecture_, step.operation, s, uses[s].first, source);
    }
    layouts_[step.output] = stage->layout();
    value_numbers_[step.output] = stage->layout().numbers();
    stage->need(needs_);
    gradient_offsets_.push_back(gradient_offsets_.back() + stage->gradient_numbers());
    normalizations_.push_back(normalization);
    stages_.push_back(std::move(stage));
  }
  preparer_ = std::make_unique<Worker>(needs_.make());
}

bool Program::synchronizes() const {
  return std::any_of(normalizations_.begin(), normalizations_.end(),
                     [](const BatchNormalizationStage* stage) { return stage != nullptr; });
}

Tile Program::make_tile() const {
  Tile tile;
  for (const std::size_t numbers : value_numbers_) {
    tile.values.emplace_back(numbers);
    tile.gradients.emplace_back(numbers);
  }
  if (!images_differentiated_) tile.gradients[0] = AlignedBuffer<float>();
  for (const auto& stage : stages_) tile.workspaces.emplace_back(stage->workspace());
  return tile;
}

void Program::prepare(const float* parameters, const float* statistics) {
  const onednn::SingleThread single;
  for (const auto& stage : stages_) stage->prepare(parameters, statistics, *preparer_);
}

void Program::unpack_gradient(const float* sum, float* gradient) {
  const onednn::SingleThread single;
  for (std::size_t s = 0; s < stages_.size(); ++s)
    stages_[s]->unpack_gradient(sum + gradient_offsets_[s], gradient, *preparer_);
}

void Program::forward(Tile& tile, Worker& worker) const {
  for (const auto& stage : stages_) stage->forward(tile, worker);
}

void Program::backward(Tile& tile, Worker& worker) const {
  for (std::size_t s = stages_.size(); s-- > 0;) stages_[s]->backward(tile, worker, nullptr);
}

const float* Program::output(const Tile& tile, std::size_t image) const {
  return tile.values.back().data() + image * output_numbers();
}

float* Program::output_gradient(Tile& tile, std::size_t image) const {
  return tile.gradients.back().data() + image * output_numbers();
}

void Program::read_value(const Tile& tile, std::size_t value, float* out, Worker& worker) const {
  const Layout plain = plain_layout(tile_images_, architecture_.shape(value));
  std::vector<float> all(plain.numbers());
  reorder(layouts_[value].descriptor, tile.values[value].data(), plain.descriptor, all.data(),
          worker);
  std::copy_n(all.data(), tile.images * plain.image_numbers(), out);
}

bool evaluation_makes(const Architecture& architecture, std::size_t value) {
  const std::vector<Step> steps = join_operations(architecture, Behaviour::evaluation);
  return std::any_of(steps.begin(), steps.end(),
                     [value](const Step& step) { return step.output == value; });
}

}  // namespace robust_features::layered
