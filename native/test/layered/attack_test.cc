#include <limits>

#include "test/check.hpp"
#include "test/layered/problem.hpp"

namespace {

using namespace robust_features;
using namespace robust_features::layered;

GradientAttack pgd(Norm norm, double radius, std::size_t steps, std::size_t restarts) {
  return {LossKind::cross_entropy,
          Rule::normalized,
          norm,
          Budget::input,
          radius,
          steps,
          2.5 * radius / static_cast<double>(std::max<std::size_t>(steps, 1)),
          true,
          restarts,
          0,
          0,
          1};
}

struct Problem {
  Architecture architecture = test::residual_architecture(ActivationKind::relu);
  test::LayeredState state = test::initial_state(architecture);
  ImageData data = test::random_images(37);

  layered::Network network() const {
    return {architecture, state.parameters.data(), state.statistics.data()};
  }
  AttackResult run(const std::vector<GradientAttack>& attacks, bool stop = false,
                   std::size_t threads = 2) const {
    ThreadTeam team(threads);
    const Cancellation never;
    return attack(network(), data, {attacks, {5, 0}, true, stop, false}, team, never);
  }
};

TEST_CASE(attacks_stay_in_their_ball_and_in_the_box_and_are_scored_anew) {
  const Problem problem;
  for (const Norm norm : {Norm::l2, Norm::linf}) {
    const double radius = norm == Norm::l2 ? 0.5 : 8.0 / 255;
    const AttackResult result = problem.run({pgd(norm, radius, 4, 2)});
    const std::size_t numbers = problem.data.shape.numbers();
    ThreadTeam team(2);
    const Cancellation never;
    const auto again =
        forward(problem.network(), {problem.data, result.perturbations[0].data()}, 0, team, never);
    for (std::size_t n = 0; n < problem.data.samples; ++n) {
      CHECK(result.norm[n] <= radius * (1 + 1e-6));
      CHECK_EQUAL(result.margin[n], again.margin[n]);
      CHECK_EQUAL(result.loss[n], again.loss[n]);
      for (std::size_t i = 0; i < numbers; ++i) {
        const float pixel = static_cast<float>(problem.data.images[n * numbers + i]) / 255;
        const float moved = pixel + result.perturbations[0][n * numbers + i];
        CHECK(moved >= -1e-6 && moved <= 1 + 1e-6);
      }
    }
  }
}

TEST_CASE(outcomes_depend_on_neither_threads_nor_company) {
  const Problem problem;
  const std::vector<GradientAttack> attacks{pgd(Norm::linf, 0.1, 3, 2), pgd(Norm::l2, 1, 3, 1)};
  const AttackResult whole = problem.run(attacks, false, 1);
  const AttackResult shared = problem.run(attacks, false, 3);
  CHECK(whole.margin == shared.margin);
  CHECK(whole.perturbations == shared.perturbations);

  // The first images alone; random starts go by position, which stays.
  Problem few = problem;
  std::vector<std::int32_t> first{0, 1, 2, 3, 4};
  few.data = select_images(problem.data, first);
  const AttackResult alone = few.run(attacks);
  for (std::size_t n = 0; n < first.size(); ++n) {
    CHECK_EQUAL(alone.margin[n], whole.margin[n]);
    CHECK_EQUAL(alone.margin[first.size() + n], whole.margin[problem.data.samples + n]);
  }
}

TEST_CASE(stopping_early_changes_no_verdict) {
  const Problem problem;
  const std::vector<GradientAttack> attacks{pgd(Norm::linf, 0.02, 3, 2),
                                            pgd(Norm::linf, 0.02, 5, 1)};
  const AttackResult full = problem.run(attacks), stopped = problem.run(attacks, true);
  const std::size_t samples = problem.data.samples;
  std::size_t fallen = 0;
  for (std::size_t n = 0; n < samples; ++n) {
    const bool falls = !(full.margin[n] > 0) || !(full.margin[samples + n] > 0);
    const bool fell = !(stopped.margin[n] > 0) || !(stopped.margin[samples + n] > 0);
    CHECK_EQUAL(falls, fell);
    fallen += falls ? 1 : 0;
  }
  CHECK(fallen > 0 && fallen < samples);
}

TEST_CASE(an_approach_makes_the_label_likelier_within_the_ball) {
  const Problem problem;
  ThreadTeam team(2);
  const Cancellation never;
  const auto clean = forward(problem.network(), {problem.data}, 0, team, never);
  for (const Norm norm : {Norm::l2, Norm::linf}) {
    const GradientAttack chosen = pgd(norm, 0.5, 5, 1);
    const auto run = [&](ThreadTeam& threads) {
      return attack(problem.network(), problem.data, {{chosen}, {5, 0}, true, false, true}, threads,
                    never);
    };
    const AttackResult found = run(team);
    const auto moved =
        forward(problem.network(), {problem.data, found.perturbations[0].data()}, 0, team, never);
    for (std::size_t n = 0; n < problem.data.samples; ++n) {
      CHECK(found.norm[n] <= 0.5 * (1 + 1e-6));
      CHECK_EQUAL(found.loss[n], moved.loss[n]);
      CHECK(found.loss[n] < clean.loss[n]);
    }
    ThreadTeam alone(1);
    CHECK(run(alone).perturbations == found.perturbations);
  }
}

TEST_CASE(without_steps_or_radius_an_attack_is_the_clean_pass) {
  const Problem problem;
  ThreadTeam team(2);
  const Cancellation never;
  const auto clean = forward(problem.network(), {problem.data}, 0, team, never);
  GradientAttack still = pgd(Norm::linf, 0.1, 0, 1);
  still.random_start = false;
  CHECK(problem.run({still}).margin == clean.margin);
  CHECK(problem.run({pgd(Norm::linf, 0, 3, 2)}).margin == clean.margin);
}

}  // namespace
