#include <algorithm>

#include "binding/accessor.hpp"
#include "binding/async_operation.hpp"
#include "binding/attack_arguments.hpp"
#include "binding/external_memory.hpp"
#include "binding/functions.hpp"
#include "binding/training_arguments.hpp"
#include "engine/trainer.hpp"

namespace robust_features::binding {

namespace {

using AnyTrainer = std::variant<std::unique_ptr<Trainer<float>>, std::unique_ptr<Trainer<double>>>;

// Shared by the JavaScript object and the operation in flight, so that neither needs the other
// alive.
struct TrainerState {
  AnyTrainer trainer;
  bool advancing = false;  // JavaScript thread only
  std::int64_t bytes = 0;  // it holds, the data excepted; while not advancing
};

TrainingPlan training_plan(const Options& options, const NetworkArguments& network,
                           const AnyPatchData& data) {
  const Napi::Env env = options.env();
  TrainingPlan plan;
  plan.clean_weight = options.number("cleanWeight", 0, 1);
  plan.momentum = options.number("momentum", 0, 1);
  plan.batch_size = options.size("batchSize", 0);
  plan.seed = options.seed("seed");
  plan.record_every = options.size("recordEvery", 1);
  plan.learning_rates = learning_rates_argument(options);
  const std::span<double> probes = double_view(options.get("probes"), "options.probes");
  if (probes.size() % network.shape.dimension != 0) {
    invalid(env, "options.probes", "whole rows of " + std::to_string(network.shape.dimension));
  }
  plan.probes = finite_copy<double>(env, probes, "options.probes");
  plan.attacks = attack_arguments(options.get("attacks"), network, data);
  for (const Attack& attack : plan.attacks) {
    if (attack_lower(attack) != attack_lower(plan.attacks[0]) ||
        attack_upper(attack) != attack_upper(plan.attacks[0])) {
      invalid(env, "options.attacks", "alike in their bounds");
    }
  }
  return plan;
}

template <class T>
AnyTrainer make_trainer(const Options& options, NetworkArguments network,
                        std::shared_ptr<const PatchData<T>> data, TrainingPlan plan) {
  const Napi::Env env = options.env();
  if (data->samples == 0) invalid(env, "options.data", "at least one sample");
  const std::size_t iteration = options.size("iteration", 0, plan.learning_rates.size());
  std::vector<T> velocity(network.shape.weights());
  if (options.has("velocity")) {
    AnyFloatVector given = finite_float_copy(options.get("velocity"), "options.velocity");
    if (!std::holds_alternative<std::vector<T>>(given))
      invalid(env, "options.velocity", "of the precision of the weights");
    require_length(env, length_of(given), velocity.size(), "options.velocity");
    velocity = std::move(std::get<std::vector<T>>(given));
  }
  return std::make_unique<Trainer<T>>(
      network.shape, network.activation<T>(), std::move(std::get<std::vector<T>>(network.weights)),
      std::move(velocity), iteration, std::move(data), std::move(plan));
}

Napi::Object record_object(Napi::Env env, const TrainingRecord& record) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("iteration", static_cast<double>(record.iteration));
  object.Set("learningRate", record.learning_rate);
  object.Set("loss", record.loss);
  object.Set("gradientNorm", record.gradient_norm);
  object.Set("cleanLoss", record.clean.loss);
  object.Set("cleanAccuracy", record.clean.accuracy);
  if (record.adversarial) {
    object.Set("adversarialLoss", record.adversarial->loss);
    object.Set("adversarialAccuracy", record.adversarial->accuracy);
  }
  object.Set("probeProducts",
             typed_array(env, record.probe_products.data(), record.probe_products.size()));
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
    std::visit(
        [&](auto& trainer) {
          auto advance = trainer->advance(team, seconds_, until_, cancellation);
          status_ = advance.status;
          records_ = std::move(advance.records);
          iteration_ = trainer->iteration();
        },
        state_->trainer);
    state_->bytes += grown.bytes();
  }

  Napi::Value result(Napi::Env env) override {
    const Napi::Array records = Napi::Array::New(env, records_.size());
    for (std::uint32_t i = 0; i < records_.size(); ++i)
      records.Set(i, record_object(env, records_[i]));
    const Napi::Object object = Napi::Object::New(env);
    object.Set("iteration", static_cast<double>(iteration_));
    object.Set("records", records);
    object.Set("status", status_name(status_));
    return object;
  }

  bool survives_cancellation() const override { return true; }
  void settled() override { state_->advancing = false; }

 private:
  std::shared_ptr<TrainerState> state_;
  double seconds_;
  std::size_t until_;
  TrainingStatus status_ = TrainingStatus::running;
  std::vector<TrainingRecord> records_;
  std::size_t iteration_ = 0;
};

class TrainerClass : public Napi::ObjectWrap<TrainerClass> {
 public:
  static constexpr napi_type_tag kTag{0x51d06fa3e2b84c97ULL, 0xb6f81e4d02c9a573ULL};
  static constexpr const char* kReceiver = "a Trainer";

  static Napi::Function define(Napi::Env env) {
    return with_accessors(DefineClass(env, "Trainer",
                                      {InstanceMethod<&TrainerClass::advance>("advance"),
                                       InstanceMethod<&TrainerClass::weights>("weights"),
                                       InstanceMethod<&TrainerClass::velocity>("velocity")}),
                          {accessor<TrainerClass, &TrainerClass::iteration>("iteration")});
  }

  explicit TrainerClass(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    with_translated_errors(info.Env(), [&] {
      const AlignedBytesMeter made;
      const Options options(info[0], "options");
      NetworkArguments network = network_arguments(options.get("network"));
      const Napi::Value given_data = options.get("data");
      const AnyPatchData data = patch_data_argument(given_data, "options.data");
      require_matching(info.Env(), network, data);
      TrainingPlan plan = training_plan(options, network, data);
      // Weights and velocity, at most in double; the rates.
      const std::size_t numbers = 2 * network.shape.weights() + plan.learning_rates.size();
      state_->trainer = std::visit(
          [&](const auto& d) {
            return make_trainer(options, std::move(network), d, std::move(plan));
          },
          data);
      state_->bytes = made.bytes() + static_cast<std::int64_t>(numbers * sizeof(double));
      data_ = Napi::Persistent(given_data.As<Napi::Object>());
    });
    napi_type_tag_object(info.Env(), info.This(), &kTag);
    memory_.report(info.Env(), state_->bytes);
  }

  void Finalize(Napi::Env env) override { memory_.report(env, 0); }

 private:
  Napi::Value iteration(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    return Napi::Number::New(
        info.Env(),
        static_cast<double>(
            std::visit([](const auto& trainer) { return trainer->iteration(); }, state_->trainer)));
  }

  Napi::Value advance(const Napi::CallbackInfo& info) {
    AdvanceArguments arguments = advance_arguments(Options(info[0], "options"));
    require_idle(info.Env());
    try {
      return AsyncOperation::start(
          info.Env(), std::make_unique<AdvanceOperation>(std::move(arguments), state_));
    } catch (...) {
      state_->advancing = false;
      throw;
    }
  }

  Napi::Value weights(const Napi::CallbackInfo& info) {
    return copy(
        info.Env(), [](const auto& trainer) -> const auto& { return trainer->weights(); });
  }

  Napi::Value velocity(const Napi::CallbackInfo& info) {
    return copy(
        info.Env(), [](const auto& trainer) -> const auto& { return trainer->velocity(); });
  }

  template <class Read>
  Napi::Value copy(Napi::Env env, const Read& read) {
    require_idle(env);
    return std::visit(
        [&](const auto& trainer) {
          const auto& values = read(trainer);
          return typed_array(env, values.data(), values.size());
        },
        state_->trainer);
  }

  void require_idle(Napi::Env env) {
    if (state_->advancing)
      throw make_error(env, "INVALID_ARGUMENT",
                       "Expected the trainer to be idle, but it is advancing.");
    memory_.report(env, state_->bytes);
  }

  std::shared_ptr<TrainerState> state_ = std::make_shared<TrainerState>();
  ExternalMemory memory_;
  Napi::ObjectReference data_;  // which reports its own memory for as long as that is in use
};

}  // namespace

void define_trainer(Napi::Env env, Napi::Object exports) {
  exports.Set("Trainer", TrainerClass::define(env));
}

}  // namespace robust_features::binding
