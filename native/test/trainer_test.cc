#include "engine/trainer.hpp"

#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <thread>

#include "test/check.hpp"
#include "test/problem.hpp"

namespace {

using namespace robust_features;
using test::kShape;

constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

TrainingPlan plan_of(std::size_t iterations, std::vector<Attack> attacks = {}) {
  TrainingPlan plan;
  plan.attacks = std::move(attacks);
  plan.learning_rates.assign(iterations, 0.2);
  plan.momentum = 0.5;
  plan.seed = 9;
  plan.record_every = 5;
  plan.probes = test::random_numbers<double>(3 * kShape.dimension, 5);
  return plan;
}

template <class T>
Trainer<T> make_trainer(TrainingPlan plan, std::size_t samples = 345) {
  return Trainer<T>(kShape, test::smoothed_relu<T>(), test::initial_weights<T>(),
                    std::vector<T>(kShape.weights()), 0, test::make_data<T>(samples),
                    std::move(plan));
}

template <class T>
typename Trainer<T>::Advance run(Trainer<T>& trainer, std::size_t threads = 2,
                                 double seconds = kForever, std::size_t until = kNowhere) {
  ThreadTeam team(threads);
  const Cancellation never;
  return trainer.advance(team, seconds, until, never);
}

std::vector<Attack> both_attacks() { return {test::gradient_ascent(), test::aligned_attack()}; }

template <class T>
void check_learning(TrainingPlan plan) {
  auto trainer = make_trainer<T>(std::move(plan));
  const auto [status, records] = run(trainer);
  CHECK(status == TrainingStatus::finished);
  CHECK_EQUAL(trainer.iteration(), std::size_t{12});
  CHECK_EQUAL(records.size(), std::size_t{4});  // 0, 5, 10 and the end
  CHECK(records.back().loss < records.front().loss);
  CHECK(records.back().clean.loss < records.front().clean.loss);
  CHECK_EQUAL(records.back().probe_products.size(), 3 * kShape.filters());
}

TEST_CASE(training_lowers_the_loss) {
  TrainingPlan batches = plan_of(12);
  batches.batch_size = 100;
  check_learning<float>(plan_of(12));
  check_learning<double>(plan_of(12));
  check_learning<float>(plan_of(12, both_attacks()));
  check_learning<double>(std::move(batches));
}

// Whatever the attacks start from, a record's clean loss is that of a plain pass over the data.
template <class T>
void check_clean_measurement(TrainingPlan plan) {
  auto trainer = make_trainer<T>(std::move(plan));
  const auto records = run(trainer).records;
  const PreparedNetwork<T> network(
      Network<T>{kShape, test::smoothed_relu<T>(), trainer.weights().data()});
  ThreadTeam team(2);
  const auto data = test::make_data<T>(345);
  const ForwardResult clean =
      forward(network, *data, static_cast<const T*>(nullptr), team, Cancellation());
  double loss = 0, correct = 0;
  for (std::size_t i = 0; i < data->samples; ++i) {
    loss += clean.loss[i] / static_cast<double>(data->samples);
    correct += clean.margin[i] > 0 ? 1 : 0;
  }
  CHECK(std::abs(records.back().clean.loss - loss) < 1e-12);
  CHECK_EQUAL(records.back().clean.accuracy, correct / static_cast<double>(data->samples));
}

TEST_CASE(a_record_measures_the_clean_loss_of_all_samples) {
  for (const AttackSpace space : {AttackSpace::gram, AttackSpace::direct}) {
    for (const bool random_start : {false, true}) {
      for (const double clean_weight : {0.0, 0.5}) {
        for (const std::size_t batch_size : {0, 100}) {
          GradientAttack attack = test::gradient_ascent();
          attack.space = space;
          attack.random_start = random_start;
          TrainingPlan plan = plan_of(7, {attack});
          plan.clean_weight = clean_weight;
          plan.batch_size = batch_size;
          check_clean_measurement<float>(plan);
          check_clean_measurement<double>(plan);
        }
      }
    }
  }
}

template <class T>
void check_invariance(const TrainingPlan& plan) {
  auto whole = make_trainer<T>(plan);
  const auto expected = run(whole, 1);
  for (const std::size_t threads : {2, 3, 8}) {
    auto trainer = make_trainer<T>(plan);
    const auto found = run(trainer, threads);
    CHECK(trainer.weights() == whole.weights());
    CHECK_EQUAL(found.records.back().loss, expected.records.back().loss);
  }
  auto sliced = make_trainer<T>(plan);
  TrainingStatus status = TrainingStatus::running;
  for (std::size_t calls = 0; status == TrainingStatus::running; ++calls) {
    status = run(sliced, 1 + calls % 3, 0).status;
  }
  CHECK(sliced.weights() == whole.weights() && sliced.velocity() == whole.velocity());

  auto halted = make_trainer<T>(plan);
  for (const std::size_t until : {3, 5}) {
    CHECK(run(halted, 2, kForever, until).status == TrainingStatus::running);
    CHECK_EQUAL(halted.iteration(), until);
  }
  CHECK(run(halted, 2, kForever, plan.learning_rates.size()).status == TrainingStatus::finished);
  CHECK(halted.weights() == whole.weights() && halted.velocity() == whole.velocity());
}

TEST_CASE(threads_and_slices_do_not_change_a_bit) {
  TrainingPlan batches = plan_of(7, both_attacks());
  batches.batch_size = 200;
  batches.clean_weight = 0.5;
  check_invariance<float>(plan_of(7));
  check_invariance<double>(plan_of(7, both_attacks()));
  check_invariance<float>(batches);
}

TEST_CASE(trainings_at_once_share_their_samples_and_have_the_bits_of_one_alone) {
  TrainingPlan plan = plan_of(4, both_attacks());
  plan.batch_size = 200;
  const auto data = test::make_data<float>(345);
  std::deque<Trainer<float>> trainers;  // which stay where they are
  for (std::size_t t = 0; t < 4; ++t) {
    trainers.emplace_back(kShape, test::smoothed_relu<float>(), test::initial_weights<float>(),
                          std::vector<float>(kShape.weights()), 0, data, plan);
  }
  run(trainers[0]);
  std::vector<std::thread> operations;
  for (std::size_t t = 1; t < trainers.size(); ++t)
    operations.emplace_back([&trainer = trainers[t]] { run(trainer); });
  for (std::thread& operation : operations) operation.join();
  for (const Trainer<float>& trainer : trainers) CHECK(trainer.weights() == trainers[0].weights());
}

TEST_CASE(a_cancelled_trainer_has_done_whole_iterations) {
  auto trainer = make_trainer<float>(plan_of(1000000));
  Cancellation cancellation;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancellation.cancel();
  });
  ThreadTeam team(3);
  const auto [status, records] = trainer.advance(team, kForever, kNowhere, cancellation);
  canceller.join();
  CHECK(status == TrainingStatus::cancelled);

  TrainingPlan plan = plan_of(1000000);
  plan.learning_rates.resize(trainer.iteration());
  auto again = make_trainer<float>(std::move(plan));
  run(again);
  CHECK(again.weights() == trainer.weights());
}

TEST_CASE(cancellation_beforehand_changes_nothing) {
  auto trainer = make_trainer<double>(plan_of(5));
  Cancellation cancellation;
  cancellation.cancel();
  ThreadTeam team(2);
  const auto [status, records] = trainer.advance(team, kForever, kNowhere, cancellation);
  CHECK(status == TrainingStatus::cancelled && records.empty());
  CHECK_EQUAL(trainer.iteration(), std::size_t{0});
  CHECK(trainer.weights() == test::initial_weights<double>());
}

TEST_CASE(divergence_is_recorded_before_its_step) {
  TrainingPlan plan = plan_of(50);
  plan.learning_rates.assign(50, 3e38);  // the next products overflow
  auto trainer = make_trainer<float>(std::move(plan));
  const auto [status, records] = run(trainer);
  CHECK(status == TrainingStatus::diverged);
  CHECK_EQUAL(records.back().iteration, trainer.iteration());
  CHECK(!std::isfinite(records.back().loss) || !std::isfinite(records.back().gradient_norm));
}

TEST_CASE(one_sample_and_no_iterations) {
  auto trainer = make_trainer<float>(plan_of(0), 1);
  const auto [status, records] = run(trainer, 4);
  CHECK(status == TrainingStatus::finished);
  CHECK_EQUAL(records.size(), std::size_t{1});
  CHECK(trainer.weights() == test::initial_weights<float>());
}

}  // namespace
