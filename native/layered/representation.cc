#include "layered/representation.hpp"

#include <cmath>
#include <limits>

#include "layered/evaluation_team.hpp"
#include "layered/image_ascent.hpp"

namespace robust_features::layered {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNoBall = 1e15;  // far more than any two images in [0, 1] are apart

// Ascent on −‖g(x') − g(x)‖₂, whose gradient by g(x') has length 1.
class Nearness final : public AscentObjective {
 public:
  // `targets` has the g(x) of all images; `end` is told the lane's position and perturbation.
  Nearness(const std::vector<float>& targets, std::size_t numbers, std::size_t lanes,
           std::function<void(const Ascended&)> end, MatchResult& result)
      : targets_(targets),
        numbers_(numbers),
        positions_(lanes),
        end_(std::move(end)),
        result_(result) {}

  void begin(std::size_t lane, std::size_t position) override { positions_[lane] = position; }

  Judgement judge(std::size_t lane, bool last, const float* output, float* gradient) override {
    const std::size_t position = positions_[lane];
    const float* target = targets_.data() + position * numbers_;
    double squares = 0;
    for (std::size_t i = 0; i < numbers_; ++i)
      squares += away(output, target, i) * away(output, target, i);
    const double distance = std::sqrt(squares);
    if (!std::isfinite(distance)) {
      result_.not_finite[position] = 1;
      return {false, true};
    }
    double& nearest = result_.distance[position];
    const bool first = std::isnan(nearest);
    if (first) result_.initial_distance[position] = distance;
    const bool better = first || distance < nearest;
    if (better) nearest = distance;
    const bool done = last || distance == 0;
    for (std::size_t i = 0; i < numbers_ && !done; ++i)
      gradient[i] = static_cast<float>(-away(output, target, i) / distance);
    return {better, done};
  }

  bool follows(std::size_t lane, std::span<const float> gradient) override {
    const bool finite = all_finite(gradient);
    if (!finite) result_.not_finite[positions_[lane]] = 1;
    return finite;
  }

  void end(const Ascended& ascended) override { end_(ascended); }

 private:
  static double away(const float* output, const float* target, std::size_t i) {
    return static_cast<double>(output[i]) - static_cast<double>(target[i]);
  }

  const std::vector<float>& targets_;
  std::size_t numbers_;
  std::vector<std::size_t> positions_;
  std::function<void(const Ascended&)> end_;
  MatchResult& result_;
};

std::vector<float> representations(EvaluationTeam& evaluation, const ImageData& data,
                                   const Cancellation& cancellation) {
  const Program& program = evaluation.program();
  const std::size_t numbers = program.output_numbers();
  std::vector<float> made(data.samples * numbers);
  evaluation.for_tiles({data}, cancellation, [&](Tile& tile, std::size_t first, Worker&) {
    std::copy_n(program.output(tile, 0), tile.images * numbers, made.data() + first * numbers);
  });
  return made;
}

template <class T>
void append(const T* from, std::size_t first, std::size_t count, std::vector<T>& to) {
  to.insert(to.end(), from + first, from + first + count);
}

}  // namespace

Representation representation_at(const Network& network, std::size_t value) {
  const Architecture& whole = network.architecture;
  const std::vector<Operation>& operations = whole.operations();
  std::vector<bool> needed(whole.values(), false);
  needed[value] = true;
  for (std::size_t i = value; i-- > 0;) {
    if (!needed[i + 1]) continue;
    needed[operations[i].input] = true;
    if (operations[i].kind == OperationKind::addition) needed[operations[i].other] = true;
  }
  std::vector<std::size_t> place(whole.values(), 0);  // of a value among those that stay
  std::vector<Operation> kept;
  std::vector<float> parameters, statistics;
  for (std::size_t i = 0; i < value; ++i) {
    if (!needed[i + 1]) continue;
    kept.push_back(operations[i]);
    kept.back().input = place[operations[i].input];
    kept.back().other = place[operations[i].other];
    place[i + 1] = kept.size();
    const ParameterRange& range = whole.parameters(i);
    append(network.parameters, range.weights, range.weight_count + range.bias_count, parameters);
    if (operations[i].kind == OperationKind::batch_normalization)
      append(network.statistics, whole.statistics(i), 2 * whole.shape(i + 1).channels, statistics);
  }
  return {{whole.shape(0), std::move(kept), Ending::representation},
          std::move(parameters),
          std::move(statistics)};
}

MatchResult match(const Network& network, const ImageData& data, const float* starts,
                  const MatchPlan& plan, ThreadTeam& team, const Cancellation& cancellation) {
  const Representation representation = representation_at(network, plan.value);
  EvaluationTeam evaluation(representation.network(), team);
  const Program& program = evaluation.program();
  const std::vector<float> targets = representations(evaluation, data, cancellation);
  const std::size_t numbers = data.shape.numbers();
  MatchResult result{
      std::vector<float>(data.samples * numbers), std::vector<double>(data.samples, kUnknown),
      std::vector<double>(data.samples, kUnknown), std::vector<std::uint8_t>(data.samples)};
  GradientAttack descent{};
  descent.rule = Rule::normalized;
  descent.norm = Norm::l2;
  descent.radius = kNoBall;
  descent.steps = plan.steps;
  descent.step_size = plan.step_size;
  descent.restarts = 1;
  descent.upper = 1;

  SharedCounter taken(data.samples);
  ImageSource source;
  source.next = [&] { return taken.next(); };
  source.load = [&](std::size_t i, float* pixels) {
    channels_first(data.shape, starts + i * numbers, pixels);
  };
  source.sample = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
  const auto end = [&](const Ascended& ascended) {
    std::vector<float> image(numbers);
    source.load(ascended.position, image.data());
    kernel_table<float>().add_clamped(image.data(), ascended.perturbation, 0, 1, image.data(),
                                      numbers);
    channels_last(data.shape, image.data(), result.images.data() + ascended.position * numbers);
  };
  team.parallel_for(team.threads(), [&](std::size_t, std::size_t thread) {
    const onednn::SingleThread single;
    ImageAscentRunner runner(program);
    Nearness objective(targets, program.output_numbers(), runner.lanes(), end, result);
    runner.run({descent, 0, {0, 0}, source, objective}, cancellation, evaluation.worker(thread));
  });
  return result;
}

}  // namespace robust_features::layered
