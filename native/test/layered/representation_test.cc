#include "layered/representation.hpp"

#include <limits>

#include "test/check.hpp"
#include "test/layered/problem.hpp"

namespace {

using namespace robust_features;
using namespace robust_features::layered;

struct Problem {
  Architecture architecture = test::residual_architecture(ActivationKind::relu);
  test::LayeredState state = test::initial_state(architecture);
  ImageData data = test::random_images(37);
  std::vector<float> starts = random_starts(data);
  std::size_t penultimate = architecture.values() - 2;

  static std::vector<float> random_starts(const ImageData& data) {
    std::vector<float> starts;
    for (const double number : test::random_numbers<double>(data.images.size(), 4))
      starts.push_back(static_cast<float>(0.5 + 0.5 * std::tanh(number)));
    return starts;
  }
  layered::Network network() const {
    return {architecture, state.parameters.data(), state.statistics.data()};
  }
  MatchResult run(std::size_t steps, std::size_t threads = 2) const {
    ThreadTeam team(threads);
    const Cancellation never;
    return match(network(), data, starts.data(), {penultimate, steps, 0.05}, team, never);
  }
};

// The last value of the first tile, channel by channel.
std::vector<float> made_by(const Representation& part, const ImageData& data) {
  const onednn::SingleThread single;
  Program program(part.architecture, Behaviour::evaluation);
  program.prepare(part.parameters.data(), part.statistics.data());
  Tile tile = program.make_tile();
  Worker worker = program.make_worker();
  tile.images = program.tile_images();
  for (std::size_t i = 0; i < tile.images; ++i)
    load_image(data, i, Placement{}, tile.values[0].data() + i * data.shape.numbers());
  program.forward(tile, worker);
  const std::size_t value = part.architecture.values() - 1;
  std::vector<float> made(tile.images * part.architecture.shape(value).numbers());
  program.read_value(tile, value, made.data(), worker);
  return made;
}

TEST_CASE(a_representation_is_the_value_that_the_whole_network_makes) {
  const Problem problem;
  for (std::size_t value = 1; value < problem.architecture.values(); ++value) {
    if (!evaluation_makes(problem.architecture, value)) continue;
    const Representation part = representation_at(problem.network(), value);
    CHECK_EQUAL(part.architecture.shape(part.architecture.values() - 1).numbers(),
                problem.architecture.shape(value).numbers());
    ThreadTeam team(1);
    const Cancellation never;
    const std::vector<float> made = made_by(part, problem.data);
    const std::vector<float> whole =
        forward(problem.network(), {problem.data}, value, team, never).value;
    CHECK(std::equal(made.begin(), made.end(), whole.begin()));
  }
}

TEST_CASE(a_representation_leaves_out_what_its_value_does_not_depend_on) {
  const Problem problem;
  // Two branches of the last residual block; the value in the middle of one of them.
  const std::size_t last = problem.architecture.values() - 1;
  const Operation& addition = problem.architecture.operations()[last - 4];
  CHECK(addition.kind == OperationKind::addition);
  for (const std::size_t value : {addition.input, addition.other}) {
    const Representation part = representation_at(problem.network(), value);
    CHECK(part.architecture.values() < value + 1 || value < addition.other);
    CHECK_EQUAL(part.parameters.size(), part.architecture.parameter_count());
    CHECK_EQUAL(part.statistics.size(), part.architecture.statistic_count());
  }
}

TEST_CASE(matching_comes_near_and_tells_the_distance_of_what_it_returns) {
  const Problem problem;
  const MatchResult found = problem.run(60);
  Problem again = problem;
  again.starts = found.images;
  const MatchResult measured = again.run(0);
  double before = 0, after = 0;
  for (std::size_t n = 0; n < problem.data.samples; ++n) {
    CHECK(found.distance[n] <= found.initial_distance[n]);
    CHECK_EQUAL(measured.distance[n], found.distance[n]);
    CHECK_EQUAL(measured.initial_distance[n], measured.distance[n]);
    CHECK_EQUAL(int{found.not_finite[n]}, 0);
    before += found.initial_distance[n];
    after += found.distance[n];
  }
  CHECK(after < 0.3 * before);
  CHECK(std::all_of(found.images.begin(), found.images.end(),
                    [](float pixel) { return pixel >= 0 && pixel <= 1; }));
}

TEST_CASE(matching_starts_where_it_is_told_and_an_original_is_at_distance_zero) {
  Problem problem;
  CHECK(problem.run(0).images == problem.starts);
  for (std::size_t i = 0; i < problem.starts.size(); ++i)
    problem.starts[i] = static_cast<float>(problem.data.images[i]) / 255;
  const MatchResult found = problem.run(3);
  CHECK(found.images == problem.starts);
  CHECK(found.distance == std::vector<double>(problem.data.samples, 0));
}

TEST_CASE(matching_depends_on_neither_threads_nor_company) {
  const Problem problem;
  const MatchResult whole = problem.run(5, 1), shared = problem.run(5, 3);
  CHECK(whole.images == shared.images);
  CHECK(whole.distance == shared.distance);

  Problem few = problem;
  const std::vector<std::int32_t> first{0, 1, 2, 3, 4};
  few.data = select_images(problem.data, first);
  const MatchResult alone = few.run(5);
  CHECK(std::equal(alone.images.begin(), alone.images.end(), whole.images.begin()));
}

TEST_CASE(an_image_that_is_not_finite_is_flagged_and_the_others_go_on) {
  Problem problem;
  // (10⁵ x)⁸ overflows on bright images alone.
  Operation sum{};
  sum.kind = OperationKind::convolution;
  sum.outputs = 2;
  sum.window = 1;
  Operation power{};
  power.kind = OperationKind::activation;
  power.input = 1;
  power.activation = {ActivationKind::polynomial, 8, 1};
  Operation scores{};
  scores.kind = OperationKind::dense;
  scores.input = 2;
  scores.outputs = test::kClasses;
  problem.architecture = Architecture(test::kImage, {sum, power, scores});
  problem.penultimate = 2;
  problem.state = {std::vector<float>(problem.architecture.parameter_count(), 1e5f / 3), {}};
  std::fill(problem.data.images.begin(), problem.data.images.end(), std::uint8_t{20});
  const std::size_t numbers = problem.data.shape.numbers(), bright = 3;
  std::fill(problem.starts.begin(), problem.starts.end(), 0.1f);
  const auto first = static_cast<std::ptrdiff_t>(bright * numbers);
  std::fill(problem.starts.begin() + first,
            problem.starts.begin() + first + static_cast<std::ptrdiff_t>(numbers), 1.0f);
  const MatchResult found = problem.run(2);
  for (std::size_t n = 0; n < problem.data.samples; ++n) {
    CHECK_EQUAL(int{found.not_finite[n]}, n == bright ? 1 : 0);
    CHECK_EQUAL(std::isnan(found.distance[n]), n == bright);
    if (n != bright) CHECK(found.distance[n] < found.initial_distance[n]);
  }
  CHECK_EQUAL(found.images[bright * numbers], 1.0f);
}

}  // namespace
