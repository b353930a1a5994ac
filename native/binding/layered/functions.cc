#include "binding/layered/functions.hpp"

#include <optional>

#include "binding/async_operation.hpp"
#include "binding/layered/network_arguments.hpp"
#include "layered/evaluation.hpp"
#include "layered/representation.hpp"

namespace robust_features::binding {

namespace {

using layered::Network;

Napi::Value doubles(Napi::Env env, const std::vector<double>& values) {
  return typed_array(env, values.data(), values.size());
}

Napi::Value floats(Napi::Env env, const std::vector<float>& values) {
  return typed_array(env, values.data(), values.size());
}

// Network, images and an optional perturbation, copied or shared.
struct LayeredCall {
  LayeredNetworkArguments network;
  SharedImages data;
  std::optional<std::vector<float>> perturbation;

  Network view() const {
    return {network.architecture, network.parameters.data(), network.statistics.data()};
  }
  layered::PerturbedImages images() const {
    return {*data, perturbation ? perturbation->data() : nullptr};
  }
};

// (network, data, perturbation | undefined, …)
LayeredCall layered_call(const Napi::CallbackInfo& info, bool with_perturbation) {
  LayeredCall call{layered_network_argument(info[0], "network"),
                   image_data_argument(info[1], "data"), std::nullopt};
  require_matching(info.Env(), call.network.architecture, *call.data);
  if (with_perturbation && !info[2].IsUndefined())
    call.perturbation = float_copy(info[2], "perturbation", call.data->images.size());
  return call;
}

class ForwardOperation : public AsyncOperation {
 public:
  ForwardOperation(Execution execution, LayeredCall call, std::size_t value)
      : AsyncOperation(std::move(execution)), call_(std::move(call)), value_(value) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    result_ = layered::forward(call_.view(), call_.images(), value_, team, cancellation);
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("scores", doubles(env, result_.scores));
    object.Set("loss", doubles(env, result_.loss));
    object.Set("margin", doubles(env, result_.margin));
    if (value_ > 0) object.Set("value", floats(env, result_.value));
    return object;
  }

 private:
  LayeredCall call_;
  std::size_t value_;
  layered::ForwardResult result_;
};

// (network, data, perturbation | undefined, options)
Napi::Value forward(const Napi::CallbackInfo& info) {
  LayeredCall call = layered_call(info, true);
  const Options options(info[3], "options");
  const std::size_t value =
      options.has("value") ? options.size("value", 1, call.network.architecture.values() - 1) : 0;
  if (value > 0 && !layered::evaluation_makes(call.network.architecture, value)) {
    invalid(
        info.Env(), "options.value",
        "one that is made by itself, not together with the normalisation or ReLU that reads it");
  }
  return AsyncOperation::start(
      info.Env(),
      std::make_unique<ForwardOperation>(execution_arguments(options), std::move(call), value));
}

class GradientOperation : public AsyncOperation {
 public:
  GradientOperation(Execution execution, LayeredCall call, bool training)
      : AsyncOperation(std::move(execution)), call_(std::move(call)), training_(training) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    if (training_)
      by_parameters_ = layered::parameter_gradient(call_.view(), call_.images(), team);
    else
      by_images_ = layered::image_gradients(call_.view(), call_.images(), team, cancellation);
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("loss", doubles(env, training_ ? by_parameters_.loss : by_images_.loss));
    if (training_) {
      object.Set("parameterGradient", floats(env, by_parameters_.gradient));
      object.Set("statistics", floats(env, by_parameters_.statistics));
    } else {
      object.Set("imageGradient", floats(env, by_images_.gradient));
    }
    return object;
  }

 private:
  LayeredCall call_;
  bool training_;
  layered::ParameterGradient by_parameters_;
  layered::ImageGradients by_images_;
};

// (network, data, perturbation | undefined, options)
Napi::Value gradients(const Napi::CallbackInfo& info) {
  LayeredCall call = layered_call(info, true);
  const Options options(info[3], "options");
  const bool training =
      options.one_of<bool>("behaviour", {{"training", true}, {"evaluation", false}});
  if (training && call.data->samples == 0) invalid(info.Env(), "data", "at least one image");
  return AsyncOperation::start(
      info.Env(),
      std::make_unique<GradientOperation>(execution_arguments(options), std::move(call), training));
}

class AttackOperation : public AsyncOperation {
 public:
  AttackOperation(Execution execution, LayeredCall call, layered::AttackPlan plan)
      : AsyncOperation(std::move(execution)), call_(std::move(call)), plan_(std::move(plan)) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    result_ = layered::attack(call_.view(), *call_.data, plan_, team, cancellation);
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("margin", doubles(env, result_.margin));
    object.Set("loss", doubles(env, result_.loss));
    object.Set("norm", doubles(env, result_.norm));
    object.Set("vanishedGradient",
               typed_array(env, result_.vanished.data(), result_.vanished.size()));
    if (plan_.keep_perturbations) {
      const Napi::Array list = Napi::Array::New(env, result_.perturbations.size());
      for (std::uint32_t a = 0; a < result_.perturbations.size(); ++a)
        list.Set(a, floats(env, result_.perturbations[a]));
      object.Set("perturbations", list);
    }
    return object;
  }

 private:
  LayeredCall call_;
  layered::AttackPlan plan_;
  layered::AttackResult result_;
};

// (network, data, attacks, options)
Napi::Value attack(const Napi::CallbackInfo& info) {
  LayeredCall call = layered_call(info, false);
  std::vector<GradientAttack> attacks = image_attack_arguments(info[2]);
  const Options options(info[3], "options");
  checked_product(info.Env(), attacks.size(), call.data->images.size());
  layered::AttackPlan plan{
      std::move(attacks),
      {options.seed("seed"), static_cast<std::uint32_t>(options.size("round", 0))},
      options.boolean("keepPerturbations"),
      options.boolean("stopWhenFooled"),
      options.has("towardLabels") && options.boolean("towardLabels")};
  // Toward a label an image that is not in its class is one to go on with, not one that fell.
  if (plan.stop_when_fooled && plan.toward_labels)
    invalid(info.Env(), options.path("stopWhenFooled"), "false where towardLabels is true");
  return AsyncOperation::start(
      info.Env(), std::make_unique<AttackOperation>(execution_arguments(options), std::move(call),
                                                    std::move(plan)));
}

class MatchOperation : public AsyncOperation {
 public:
  MatchOperation(Execution execution, LayeredCall call, std::vector<float> starts,
                 layered::MatchPlan plan)
      : AsyncOperation(std::move(execution)),
        call_(std::move(call)),
        starts_(std::move(starts)),
        plan_(plan) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    result_ = layered::match(call_.view(), *call_.data, starts_.data(), plan_, team, cancellation);
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("images", floats(env, result_.images));
    object.Set("initialDistance", doubles(env, result_.initial_distance));
    object.Set("distance", doubles(env, result_.distance));
    object.Set("notFinite", typed_array(env, result_.not_finite.data(), result_.not_finite.size()));
    return object;
  }

 private:
  LayeredCall call_;
  std::vector<float> starts_;
  layered::MatchPlan plan_;
  layered::MatchResult result_;
};

// (network, data, starts, options)
Napi::Value match(const Napi::CallbackInfo& info) {
  LayeredCall call = layered_call(info, false);
  std::vector<float> starts = float_copy(info[2], "starts", call.data->images.size());
  const Options options(info[3], "options");
  const layered::MatchPlan plan{options.size("value", 1, call.network.architecture.values() - 1),
                                options.size("steps", 0, 1000000),
                                options.non_negative("stepSize")};
  return AsyncOperation::start(
      info.Env(), std::make_unique<MatchOperation>(execution_arguments(options), std::move(call),
                                                   std::move(starts), plan));
}

// (architecture)
Napi::Value layout(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const layered::Architecture architecture = architecture_argument(info[0], "architecture");
  const Napi::Array list = Napi::Array::New(env, architecture.operations().size());
  for (std::size_t i = 0; i < architecture.operations().size(); ++i) {
    const layered::ImageShape& shape = architecture.shape(i + 1);
    const layered::ParameterRange& range = architecture.parameters(i);
    const std::size_t next = i + 1 < architecture.operations().size()
                                 ? architecture.statistics(i + 1)
                                 : architecture.statistic_count();
    const Napi::Object object = Napi::Object::New(env);
    const auto set = [&](const char* name, std::size_t number) {
      object.Set(name, static_cast<double>(number));
    };
    set("channels", shape.channels);
    set("height", shape.height);
    set("width", shape.width);
    set("weights", range.weights);
    set("weightCount", range.weight_count);
    set("biases", range.biases);
    set("biasCount", range.bias_count);
    set("statistics", architecture.statistics(i));
    set("statisticCount", next - architecture.statistics(i));
    list.Set(static_cast<std::uint32_t>(i), object);
  }
  return list;
}

// ()
Napi::Value information(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object onednn = Napi::Object::New(env);
  onednn.Set("version", layered::onednn::version());
  onednn.Set("instructionSet", layered::onednn::instruction_set());
  const Napi::Object object = Napi::Object::New(env);
  object.Set("version", ROBUST_FEATURES_VERSION);
  object.Set("onednn", onednn);
  return object;
}

}  // namespace

void define_layered_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("forward", Napi::Function::New(env, translated<forward>, "forward"));
  exports.Set("gradients", Napi::Function::New(env, translated<gradients>, "gradients"));
  exports.Set("attack", Napi::Function::New(env, translated<attack>, "attack"));
  exports.Set("match", Napi::Function::New(env, translated<match>, "match"));
  exports.Set("layout", Napi::Function::New(env, translated<layout>, "layout"));
  exports.Set("information", Napi::Function::New(env, information, "information"));
}

}  // namespace robust_features::binding
