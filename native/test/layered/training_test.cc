#include <chrono>
#include <limits>
#include <thread>

#include "test/check.hpp"
#include "test/layered/problem.hpp"

namespace {

using namespace robust_features;
using namespace robust_features::layered;

constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

TrainingPlan plan_of(std::size_t updates, bool adversarial, OptimizerKind kind) {
  TrainingPlan plan;
  if (adversarial) {
    plan.attacks.push_back({LossKind::cross_entropy, Rule::normalized, Norm::linf, Budget::input,
                            0.03, 2, 0.02, true, 1, 0, 0, 1});
    plan.clean_weight = 0.25;
  }
  plan.learning_rates.assign(updates, kind == OptimizerKind::adam ? 0.01 : 0.05);
  plan.optimizer.kind = kind;
  plan.optimizer.momentum = 0.9;
  plan.optimizer.nesterov = true;
  plan.optimizer.weight_decay = 1e-4;
  plan.batch_size = 24;
  plan.augmentation = {1, true};
  plan.seed = 4;
  plan.record_every = 4;
  return plan;
}

TrainingState start(const Architecture& architecture, const TrainingPlan& plan) {
  const test::LayeredState initial = test::initial_state(architecture);
  TrainingState state;
  state.parameters = initial.parameters;
  state.statistics = initial.statistics;
  state.moments.resize(plan.optimizer.moments() * architecture.parameter_count());
  return state;
}

struct Trained {
  TrainingState state;
  std::vector<TrainingRecord> records;
  TrainingStatus status;
};

Trained train(const Architecture& architecture, TrainingState from, const TrainingPlan& plan,
              std::size_t threads, double seconds = kForever, std::size_t until = kNowhere) {
  Trainer trainer(architecture, std::move(from),
                  std::make_shared<ImageData>(test::random_images(61)), plan);
  ThreadTeam team(threads);
  const Cancellation never;
  auto advance = trainer.advance(team, seconds, until, never);
  return {trainer.state(), std::move(advance.records), advance.status};
}

void check_equal(const TrainingState& a, const TrainingState& b) {
  CHECK_EQUAL(a.iteration, b.iteration);
  CHECK(a.parameters == b.parameters);
  CHECK(a.statistics == b.statistics);
  CHECK(a.moments == b.moments);
}

TEST_CASE(training_fits_random_labels) {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adam}) {
    const Architecture architecture = test::residual_architecture(ActivationKind::relu);
    const TrainingPlan plan = plan_of(160, false, kind);
    const Trained trained = train(architecture, start(architecture, plan), plan, 2);
    CHECK(trained.status == TrainingStatus::finished);
    CHECK_EQUAL(trained.records.size(), 40u);
    CHECK(trained.records.back().loss < 0.7 * trained.records.front().loss);
    CHECK(!trained.records.back().adversarial.has_value());
  }
}

TEST_CASE(bits_depend_on_neither_threads_nor_interruptions) {
  for (const bool normalized : {true, false}) {
    const Architecture architecture = normalized ? test::residual_architecture(ActivationKind::relu)
                                                 : test::pooling_architecture();
    const TrainingPlan plan = plan_of(10, true, OptimizerKind::adam);
    const Trained whole = train(architecture, start(architecture, plan), plan, 1);
    check_equal(train(architecture, start(architecture, plan), plan, 3).state, whole.state);

    std::vector<TrainingRecord> records;
    TrainingState state = start(architecture, plan);
    while (state.iteration < plan.learning_rates.size()) {
      Trained part = train(architecture, state, plan, 2, 1e-9);
      records.insert(records.end(), part.records.begin(), part.records.end());
      state = part.state;
    }
    check_equal(state, whole.state);
    CHECK_EQUAL(records.size(), whole.records.size());
    for (std::size_t r = 0; r < std::min(records.size(), whole.records.size()); ++r) {
      CHECK_EQUAL(records[r].loss, whole.records[r].loss);
      CHECK_EQUAL(records[r].adversarial->accuracy, whole.records[r].adversarial->accuracy);
    }

    const Trained half = train(architecture, start(architecture, plan), plan, 2, kForever, 6);
    CHECK(half.status == TrainingStatus::running);
    CHECK_EQUAL(half.state.iteration, 6u);
    const Trained rest = train(architecture, half.state, plan, 2, kForever, 10);
    CHECK(rest.status == TrainingStatus::finished);
    check_equal(rest.state, whole.state);
  }
}

TEST_CASE(trainings_at_once_share_their_images_and_have_the_bits_of_one_alone) {
  const Architecture architecture = test::residual_architecture(ActivationKind::relu);
  const TrainingPlan plan = plan_of(4, true, OptimizerKind::sgd);
  const Trained alone = train(architecture, start(architecture, plan), plan, 2);
  const auto data = std::make_shared<ImageData>(test::random_images(61));
  std::vector<TrainingState> found(3);
  std::vector<std::thread> operations;
  operations.reserve(found.size());
  for (TrainingState& state : found) {
    operations.emplace_back([&] {
      Trainer trainer(architecture, start(architecture, plan), data, plan);
      ThreadTeam team(2);
      trainer.advance(team, kForever, kNowhere, Cancellation());
      state = trainer.state();
    });
  }
  for (std::thread& operation : operations) operation.join();
  for (const TrainingState& state : found) check_equal(state, alone.state);
}

TEST_CASE(a_cancelled_trainer_has_done_whole_updates) {
  const Architecture architecture = test::pooling_architecture();
  TrainingPlan plan = plan_of(100000, true, OptimizerKind::sgd);
  Trainer trainer(architecture, start(architecture, plan),
                  std::make_shared<ImageData>(test::random_images(61)), plan);
  Cancellation cancellation;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancellation.cancel();
  });
  ThreadTeam team(3);
  const auto advance = trainer.advance(team, kForever, kNowhere, cancellation);
  canceller.join();
  CHECK(advance.status == TrainingStatus::cancelled);

  const TrainingState found = trainer.state();
  plan.learning_rates.resize(found.iteration);
  check_equal(train(architecture, start(architecture, plan), plan, 2).state, found);
}

TEST_CASE(divergence_is_said) {
  const Architecture architecture = test::pooling_architecture();
  TrainingPlan plan = plan_of(50, false, OptimizerKind::sgd);
  plan.learning_rates.assign(50, 1e20);
  CHECK(train(architecture, start(architecture, plan), plan, 2).status == TrainingStatus::diverged);
}

}  // namespace
