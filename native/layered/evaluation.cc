#include "layered/evaluation.hpp"

#include <algorithm>
#include <limits>

#include "layered/evaluation_team.hpp"
#include "layered/training_pass.hpp"

namespace robust_features::layered {

namespace {

std::vector<double> scores_of(const Program& program, const Tile& tile, std::size_t image) {
  const float* scores = program.output(tile, image);
  return {scores, scores + program.architecture().classes()};
}

}  // namespace

void PerturbedImages::load(std::size_t sample, float* pixels) const {
  load_image(data, sample, Placement{}, pixels);
  if (perturbation == nullptr) return;
  const std::size_t numbers = data.shape.numbers();
  std::vector<float> moved(numbers);
  channels_first(data.shape, perturbation + sample * numbers, moved.data());
  kernel_table<float>().add_clamped(pixels, moved.data(), 0, 1, pixels, numbers);
}

ForwardResult forward(const Network& network, const PerturbedImages& images, std::size_t value,
                      ThreadTeam& team, const Cancellation& cancellation) {
  EvaluationTeam evaluation(network, team);
  const Program& program = evaluation.program();
  const std::size_t classes = network.architecture.classes();
  const std::size_t samples = images.data.samples;
  const ImageShape& shape = network.architecture.shape(value);
  ForwardResult result{std::vector<double>(samples * classes),
                       std::vector<double>(samples),
                       std::vector<double>(samples),
                       {}};
  if (value > 0) result.value.resize(samples * shape.numbers());
  evaluation.for_tiles(images, cancellation, [&](Tile& tile, std::size_t first, Worker& worker) {
    std::vector<double> direction(classes);
    for (std::size_t i = 0; i < tile.images; ++i) {
      const std::vector<double> scores = scores_of(program, tile, i);
      std::copy(scores.begin(), scores.end(),
                result.scores.begin() + static_cast<std::ptrdiff_t>((first + i) * classes));
      const auto label = static_cast<std::size_t>(images.data.labels[first + i]);
      const Residual found = residual(LossKind::cross_entropy, scores, label, direction);
      result.loss[first + i] = found.loss;
      result.margin[first + i] = found.margin;
    }
    if (value > 0)
      program.read_value(tile, value, result.value.data() + first * shape.numbers(), worker);
  });
  return result;
}

ImageGradients image_gradients(const Network& network, const PerturbedImages& images,
                               ThreadTeam& team, const Cancellation& cancellation) {
  EvaluationTeam evaluation(network, team);
  const Program& program = evaluation.program();
  const ImageShape& shape = images.data.shape;
  ImageGradients result{std::vector<double>(images.data.samples),
                        std::vector<float>(images.data.samples * shape.numbers())};
  evaluation.for_tiles(images, cancellation, [&](Tile& tile, std::size_t first, Worker& worker) {
    std::vector<double> direction(network.architecture.classes());
    tile.gradients.back().clear();
    for (std::size_t i = 0; i < tile.images; ++i) {
      const auto label = static_cast<std::size_t>(images.data.labels[first + i]);
      const Residual found =
          residual(LossKind::cross_entropy, scores_of(program, tile, i), label, direction);
      result.loss[first + i] = found.loss;
      for (std::size_t c = 0; c < direction.size(); ++c)
        program.output_gradient(tile, i)[c] = static_cast<float>(found.scale * direction[c]);
    }
    program.backward(tile, worker);
    for (std::size_t i = 0; i < tile.images; ++i) {
      channels_last(shape, tile.gradients[0].data() + i * shape.numbers(),
                    result.gradient.data() + (first + i) * shape.numbers());
    }
  });
  return result;
}

ParameterGradient parameter_gradient(const Network& network, const PerturbedImages& images,
                                     ThreadTeam& team) {
  const ImageData& data = images.data;
  const std::size_t numbers = data.shape.numbers();
  TrainingPass pass(network.architecture, data.samples);
  pass.program().prepare(network.parameters, network.statistics);
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < team.threads(); ++i) workers.push_back(pass.program().make_worker());
  AlignedBuffer<float> pixels(data.samples * numbers);
  for (std::size_t i = 0; i < data.samples; ++i) images.load(i, pixels.data() + i * numbers);
  ParameterGradient result{
      std::vector<double>(data.samples), std::vector<float>(network.architecture.parameter_count()),
      std::vector<float>(network.statistics,
                         network.statistics + network.architecture.statistic_count())};
  std::vector<double> margins(data.samples);
  pass.run({data.samples, 1 / static_cast<double>(data.samples), pixels.data(), data.labels.data(),
            result.loss.data(), margins.data()},
           result.statistics.data(), result.gradient.data(), team, workers);
  return result;
}

AttackResult attack(const Network& network, const ImageData& data, const AttackPlan& plan,
                    ThreadTeam& team, const Cancellation& cancellation) {
  EvaluationTeam evaluation(network, team);
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const std::size_t rows = plan.attacks.size() * data.samples;
  const std::size_t numbers = data.shape.numbers();
  AttackResult result{std::vector<double>(rows, kUnknown),
                      std::vector<double>(rows, kUnknown),
                      std::vector<double>(rows, kUnknown),
                      std::vector<std::uint8_t>(rows),
                      {}};
  std::vector<std::unique_ptr<ImageAttackRunner>> runners(team.threads());
  std::vector<std::uint8_t> fooled(data.samples);
  for (std::size_t a = 0; a < plan.attacks.size(); ++a) {
    const GradientAttack& chosen = plan.attacks[a];
    if (plan.keep_perturbations) result.perturbations.emplace_back(data.samples * numbers);
    std::vector<std::size_t> waiting;
    for (std::size_t i = 0; i < data.samples; ++i) {
      if (!fooled[i]) waiting.push_back(i);
    }
    SharedCounter taken(waiting.size());
    ImageQueue queue;
    queue.next = [&]() -> std::optional<std::size_t> {
      const std::optional<std::size_t> place = taken.next();
      return place ? std::optional(waiting[*place]) : std::nullopt;
    };
    queue.load = [&](std::size_t i, float* pixels) { load_image(data, i, Placement{}, pixels); };
    queue.label = [&](std::size_t i) { return static_cast<std::size_t>(data.labels[i]); };
    queue.sample = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
    queue.done = [&](std::size_t i, const ImageOutcome& outcome) {
      const std::size_t row = a * data.samples + i;
      result.loss[row] = outcome.loss;
      result.margin[row] = outcome.margin;
      result.vanished[row] = outcome.vanished ? 1 : 0;
      result.norm[row] = ball_norm(chosen.norm, outcome.perturbation, numbers);
      if (plan.keep_perturbations) {
        channels_last(data.shape, outcome.perturbation,
                      result.perturbations[a].data() + i * numbers);
      }
      if (plan.stop_when_fooled && !(outcome.margin > 0)) fooled[i] = 1;
    };
    // One task a thread: the images are shared out one by one.
    team.parallel_for(team.threads(), [&](std::size_t, std::size_t thread) {
      const onednn::SingleThread single;
      auto& runner = runners[thread];
      if (!runner) runner = std::make_unique<ImageAttackRunner>(evaluation.program());
      Worker& worker = evaluation.worker(thread);
      if (plan.toward_labels)
        return runner->approach(chosen, a, plan.draws, queue, cancellation, worker);
      runner->run(chosen, a, plan.draws, Keep::worst_margin, plan.stop_when_fooled, queue,
                  cancellation, worker);
    });
  }
  return result;
}

}  // namespace robust_features::layered
