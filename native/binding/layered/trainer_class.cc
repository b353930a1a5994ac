#include <array>

#include "binding/accessor.hpp"
#include "binding/async_operation.hpp"
#include "binding/external_memory.hpp"
#include "binding/layered/functions.hpp"
#include "binding/layered/network_arguments.hpp"
#include "binding/training_arguments.hpp"
#include "layered/trainer.hpp"

namespace robust_features::binding {

namespace {

using layered::Trainer;
using layered::TrainingState;

// Shared by the JavaScript object and the operation in flight, so that neither needs the other
// alive.
struct TrainerState {
  std::unique_ptr<Trainer> trainer;
  bool advancing = false;  // JavaScript thread only
  std::int64_t bytes = 0;  // it holds, the data excepted; while not advancing
};

constexpr std::size_t kSums = sizeof(TrainingState::Sums) / sizeof(double);

layered::Optimizer optimizer_argument(const Options& options) {
  layered::Optimizer optimizer;
  optimizer.kind = options.one_of<layered::OptimizerKind>(
      "kind", {{"sgd", layered::OptimizerKind::sgd}, {"adam", layered::OptimizerKind::adam}});
  optimizer.weight_decay = options.number("weightDecay", 0, 1e6);
  if (optimizer.kind == layered::OptimizerKind::sgd) {
    optimizer.momentum = options.number("momentum", 0, 1);
    optimizer.nesterov = options.boolean("nesterov");
  } else {
    constexpr double kBelowOne = 1 - 1e-9;
    optimizer.beta1 = options.number("beta1", 0, kBelowOne);
    optimizer.beta2 = options.number("beta2", 0, kBelowOne);
    optimizer.epsilon = options.number("epsilon", 1e-30, 1e6);
  }
  return optimizer;
}

layered::TrainingPlan plan_argument(const Options& options) {
  layered::TrainingPlan plan;
  plan.attacks = image_attack_arguments(options.get("attacks"));
  plan.clean_weight = options.number("cleanWeight", 0, 1);
  plan.learning_rates = learning_rates_argument(options);
  plan.optimizer = optimizer_argument(options.options("optimizer"));
  plan.batch_size = options.size("batchSize", 1);
  plan.augmentation = {options.size("padding", 0, 1024), options.boolean("flip")};
  plan.seed = options.seed("seed");
  plan.record_every = options.size("recordEvery", 1);
  return plan;
}

TrainingState::Sums sums_argument(const Options& options) {
  if (!options.has("sums")) return {};
  const std::vector<double> given = options.doubles("sums", kSums);
  return {given[0], given[1], given[2], given[3], given[4], given[5]};
}

std::array<double, kSums> numbers_of(const TrainingState::Sums& sums) {
  return {sums.images,           sums.loss,
          sums.clean_loss,       sums.clean_correct,
          sums.adversarial_loss, sums.adversarial_correct};
}

Napi::Object record_object(Napi::Env env, const layered::TrainingRecord& record) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("iteration", static_cast<double>(record.iteration));
  object.Set("learningRate", record.learning_rate);
  object.Set("loss", record.loss);
  object.Set("gradientNorm", record.gradient_norm);
  if (record.clean) {
    object.Set("cleanLoss", record.clean->loss);
    object.Set("cleanAccuracy", record.clean->accuracy);
  }
  if (record.adversarial) {
    object.Set("adversarialLoss", record.adversarial->loss);
    object.Set("adversarialAccuracy", record.adversarial->accuracy);
  }
  return object;
}

class AdvanceOperation : public AsyncOperation {
 public:
  AdvanceOperation(AdvanceArguments arguments, std::shared_ptr<TrainerState> state)
      : AsyncOperation(std::move(arguments.execution)),
        state_(std::move(state)),
        seconds_(arguments.seconds),
        until_(arguments.until) {
    state_->advancing = true;
  }

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    const AlignedBytesMeter grown;  // by what its threads work in
    advance_ = state_->trainer->advance(team, seconds_, until_, cancellation);
    state_->bytes += grown.bytes();
  }

  Napi::Value result(Napi::Env env) override {
    const Napi::Array records = Napi::Array::New(env, advance_.records.size());
    for (std::uint32_t i = 0; i < advance_.records.size(); ++i)
      records.Set(i, record_object(env, advance_.records[i]));
    const Napi::Object object = Napi::Object::New(env);
    object.Set("iteration", static_cast<double>(state_->trainer->state().iteration));
    object.Set("records", records);
    object.Set("status", status_name(advance_.status));
    return object;
  }

  bool survives_cancellation() const override { return true; }
  void settled() override { state_->advancing = false; }

 private:
  std::shared_ptr<TrainerState> state_;
  double seconds_;
  std::size_t until_;
  Trainer::Advance advance_{TrainingStatus::running, {}};
};

class TrainerClass : public Napi::ObjectWrap<TrainerClass> {
 public:
  static constexpr napi_type_tag kTag{0x2c94e7d1b35f4a08ULL, 0x8d1f6e40a7c2935bULL};
  static constexpr const char* kReceiver = "a Trainer";

  static Napi::Function define(Napi::Env env) {
    return with_accessors(DefineClass(env, "Trainer",
                                      {InstanceMethod<&TrainerClass::advance>("advance"),
                                       InstanceMethod<&TrainerClass::parameters>("parameters"),
                                       InstanceMethod<&TrainerClass::statistics>("statistics"),
                                       InstanceMethod<&TrainerClass::moments>("moments"),
                                       InstanceMethod<&TrainerClass::sums>("sums")}),
                          {accessor<TrainerClass, &TrainerClass::iteration>("iteration")});
  }

  explicit TrainerClass(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    with_translated_errors(info.Env(), [&] {
      const AlignedBytesMeter made;
      const Napi::Env env = info.Env();
      const Options options(info[0], "options");
      LayeredNetworkArguments network =
          layered_network_argument(options.get("network"), "options.network");
      const Napi::Value given_data = options.get("data");
      const SharedImages data = image_data_argument(given_data, "options.data");
      require_matching(env, network.architecture, *data);
      if (data->samples == 0) invalid(env, "options.data", "at least one image");
      layered::TrainingPlan plan = plan_argument(options);
      TrainingState state;
      state.iteration = options.size("iteration", 0, plan.learning_rates.size());
      state.parameters = std::move(network.parameters);
      state.statistics = std::move(network.statistics);
      const std::size_t moments = plan.optimizer.moments() * state.parameters.size();
      state.moments = options.has("moments")
                          ? float_copy(options.get("moments"), "options.moments", moments)
                          : std::vector<float>(moments);
      state.sums = sums_argument(options);
      // Parameters, their gradient, in two orders, and the optimiser's arrays; the rates.
      const std::size_t floats = 3 * state.parameters.size() + moments;
      const std::size_t rates = plan.learning_rates.size();
      state_->trainer =
          std::make_unique<Trainer>(network.architecture, std::move(state), data, std::move(plan));
      state_->bytes =
          made.bytes() + static_cast<std::int64_t>(floats * sizeof(float) + rates * sizeof(double));
      data_ = Napi::Persistent(given_data.As<Napi::Object>());
    });
    napi_type_tag_object(info.Env(), info.This(), &kTag);
    memory_.report(info.Env(), state_->bytes);
  }

  void Finalize(Napi::Env env) override { memory_.report(env, 0); }

 private:
  Napi::Value iteration(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(idle(info.Env()).iteration));
  }

  Napi::Value advance(const Napi::CallbackInfo& info) {
    AdvanceArguments arguments = advance_arguments(Options(info[0], "options"));
    idle(info.Env());
    try {
      return AsyncOperation::start(
          info.Env(), std::make_unique<AdvanceOperation>(std::move(arguments), state_));
    } catch (...) {
      state_->advancing = false;
      throw;
    }
  }

  Napi::Value parameters(const Napi::CallbackInfo& info) {
    return copy(info.Env(), idle(info.Env()).parameters);
  }
  Napi::Value statistics(const Napi::CallbackInfo& info) {
    return copy(info.Env(), idle(info.Env()).statistics);
  }
  Napi::Value moments(const Napi::CallbackInfo& info) {
    return copy(info.Env(), idle(info.Env()).moments);
  }
  Napi::Value sums(const Napi::CallbackInfo& info) {
    const std::array<double, kSums> numbers = numbers_of(idle(info.Env()).sums);
    return typed_array(info.Env(), numbers.data(), numbers.size());
  }

  static Napi::Value copy(Napi::Env env, const std::vector<float>& values) {
    return typed_array(env, values.data(), values.size());
  }

  const TrainingState& idle(Napi::Env env) {
    if (state_->advancing)
      throw make_error(env, "INVALID_ARGUMENT",
                       "Expected the trainer to be idle, but it is advancing.");
    memory_.report(env, state_->bytes);
    return state_->trainer->state();
  }

  std::shared_ptr<TrainerState> state_ = std::make_shared<TrainerState>();
  ExternalMemory memory_;
  Napi::ObjectReference data_;  // which reports its own memory for as long as that is in use
};

}  // namespace

void define_layered_trainer(Napi::Env env, Napi::Object exports) {
  exports.Set("Trainer", TrainerClass::define(env));
}

}  // namespace robust_features::binding
