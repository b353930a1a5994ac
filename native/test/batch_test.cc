#include "engine/batch.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "test/check.hpp"
#include "test/problem.hpp"

namespace {

using namespace robust_features;
using test::kShape;

// Eight tiles.
constexpr std::size_t kSamples = 520;
constexpr AttackDraws kDraws{3, 4};

template <class T>
bool same(const AlignedBuffer<T>& a, const AlignedBuffer<T>& b) {
  return std::equal(a.span().begin(), a.span().end(), b.span().begin(), b.span().end());
}

template <class T>
struct Problem {
  std::vector<T> weights = test::initial_weights<T>();
  std::shared_ptr<const PatchData<T>> data = test::make_data<T>(kSamples);
  PreparedNetwork<T> network{Network<T>{kShape, test::smoothed_relu<T>(), weights.data()}};
  Cancellation never;
};

template <class T>
void check_thread_counts() {
  const Problem<T> problem;
  ThreadTeam one(1), three(3);
  const auto forward_with = [&](ThreadTeam& team) {
    return forward(problem.network, *problem.data, static_cast<const T*>(nullptr), team,
                   problem.never);
  };
  CHECK(forward_with(one).scores == forward_with(three).scores);
  CHECK(forward_with(one).loss == forward_with(three).loss);

  const auto gradients_with = [&](ThreadTeam& team) {
    const GradientRequest request{LossKind::cross_entropy, 0, true, true};
    return gradients(problem.network, *problem.data, static_cast<const T*>(nullptr), request, team,
                     problem.never);
  };
  CHECK(same(gradients_with(one).weight_gradient, gradients_with(three).weight_gradient));
  CHECK(same(gradients_with(one).input_gradient, gradients_with(three).input_gradient));

  const auto attack_with = [&](ThreadTeam& team) {
    const std::vector<Attack> attacks{test::gradient_ascent(), test::aligned_attack()};
    return attack(problem.network, *problem.data, attacks, kDraws, true, team, problem.never);
  };
  const AttackResult<T> found = attack_with(one), again = attack_with(three);
  CHECK(found.margin == again.margin && found.loss == again.loss && found.norm == again.norm);
  for (std::size_t a = 0; a < 2; ++a) CHECK(same(found.perturbations[a], again.perturbations[a]));
}

TEST_CASE(results_do_not_depend_on_the_number_of_threads) {
  check_thread_counts<float>();
  check_thread_counts<double>();
}

TEST_CASE(attacks_stay_in_their_balls_and_never_help) {
  const Problem<float> problem;
  ThreadTeam team(2);
  const ForwardResult clean = forward(problem.network, *problem.data,
                                      static_cast<const float*>(nullptr), team, problem.never);
  GradientAttack from_zero = test::gradient_ascent();
  from_zero.random_start = false;
  const std::vector<Attack> attacks{from_zero, test::aligned_attack()};
  const AttackResult<float> found =
      attack(problem.network, *problem.data, attacks, kDraws, false, team, problem.never);
  const double radii[] = {0.25, 0.5};
  for (std::size_t row = 0; row < found.margin.size(); ++row) {
    CHECK(found.norm[row] <= radii[row / kSamples]);
    CHECK(found.margin[row] <= clean.margin[row % kSamples]);
  }
}

TEST_CASE(no_samples_and_no_attacks) {
  const std::vector<double> weights = test::initial_weights<double>();
  const PreparedNetwork<double> network(
      Network<double>{kShape, test::smoothed_relu<double>(), weights.data()});
  const auto nothing = test::make_data<double>(0);
  const Cancellation never;
  ThreadTeam team(2);
  CHECK(
      forward(network, *nothing, static_cast<const double*>(nullptr), team, never).scores.empty());
  const GradientRequest request{LossKind::margin, 0, true, true};
  const auto found =
      gradients(network, *nothing, static_cast<const double*>(nullptr), request, team, never);
  CHECK(std::all_of(found.weight_gradient.span().begin(), found.weight_gradient.span().end(),
                    [](double g) { return g == 0; }));
  CHECK(attack(network, *nothing, {test::gradient_ascent()}, kDraws, true, team, never)
            .margin.empty());
  CHECK(attack(network, *test::make_data<double>(3), {}, kDraws, true, team, never).margin.empty());
}

TEST_CASE(cancellation_reaches_into_an_attack) {
  const Problem<float> problem;
  Cancellation cancellation;
  GradientAttack endless = test::gradient_ascent();
  endless.steps = 1000000;
  endless.restarts = 1000000;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancellation.cancel();
  });
  ThreadTeam team(3);
  attack(problem.network, *problem.data, {endless, test::aligned_attack()}, kDraws, false, team,
         cancellation);
  canceller.join();
  CHECK(cancellation.cancelled());
}

}  // namespace
