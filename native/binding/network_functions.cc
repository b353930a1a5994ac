#include <optional>

#include "binding/addon.hpp"
#include "binding/async_operation.hpp"
#include "binding/attack_arguments.hpp"
#include "binding/functions.hpp"
#include "engine/batch.hpp"
#include "engine/certificate.hpp"
#include "engine/patch_sampler.hpp"

namespace robust_features::binding {

namespace {

// Network, data and an optional perturbation, copied or shared, and a call with their common float
// type.
struct NetworkCall {
  NetworkArguments network;
  AnyPatchData data;
  std::optional<AnyFloatVector> perturbation;

  template <class Body>
  void visit(const Body& body) const {
    std::visit(
        [&]<class T>(const std::shared_ptr<const PatchData<T>>& d) {
          const PreparedNetwork<T> prepared(
              Network<T>{network.shape, network.activation<T>(),
                         std::get<std::vector<T>>(network.weights).data()});
          body(prepared, *d,
               perturbation ? std::get<std::vector<T>>(*perturbation).data() : nullptr);
        },
        data);
  }
};

// (network, data, perturbation | undefined, …)
NetworkCall network_call(const Napi::CallbackInfo& info, bool with_perturbation) {
  NetworkCall call{network_arguments(info[0]), patch_data_argument(info[1], "data"), std::nullopt};
  require_matching(info.Env(), call.network, call.data);
  if (!with_perturbation || info[2].IsUndefined()) return call;
  call.perturbation = finite_float_copy(info[2], "perturbation");
  if (call.perturbation->index() != call.data.index()) {
    invalid(info.Env(), "perturbation", "of the precision of the data");
  }
  std::visit(
      [&](const auto& d) {
        require_length(info.Env(), length_of(*call.perturbation), d->inputs.size(), "perturbation");
      },
      call.data);
  return call;
}

Napi::Value doubles(Napi::Env env, const std::vector<double>& values) {
  return typed_array(env, values.data(), values.size());
}

class SampleOperation : public AsyncOperation {
 public:
  SampleOperation(Execution execution, PatchSampler sampler, bool single)
      : AsyncOperation(std::move(execution)), sampler_(std::move(sampler)), single_(single) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    if (single_)
      sample<float>(team, cancellation);
    else
      sample<double>(team, cancellation);
  }
  Napi::Value result(Napi::Env env) override { return PatchDataClass::wrap(env, std::move(data_)); }

 private:
  template <class T>
  void sample(ThreadTeam& team, const Cancellation& cancellation) {
    data_ = std::shared_ptr<const PatchData<T>>(
        std::make_shared<PatchData<T>>(sample_patch_data<T>(sampler_, team, cancellation)));
  }

  PatchSampler sampler_;
  bool single_;
  AnyPatchData data_;
};

StrengthRange strength_argument(const Options& options) {
  const StrengthRange range{options.non_negative("low"), options.non_negative("high")};
  if (range.high < range.low) invalid(options.env(), options.path("high"), "at least `low`");
  return range;
}

// (options)
Napi::Value sample_patch_data(const Napi::CallbackInfo& info) {
  const Options options(info[0], "options");
  const Napi::Env env = info.Env();
  PatchSampler sampler{};
  sampler.samples = options.size("samples", 0);
  sampler.classes = options.size("classes", 2, 100000);
  sampler.dimension = options.size("dimension", 1);
  sampler.robust_patches = options.size("robustPatches", 0, 1000000);
  sampler.non_robust_patches = options.size("nonRobustPatches", 0, 1000000);
  const std::size_t patches = sampler.robust_patches + sampler.non_robust_patches;
  if (patches == 0) invalid(env, "options.robustPatches", "positive where `nonRobustPatches` is 0");
  checked_product(env, sampler.samples, checked_product(env, patches, sampler.dimension));
  sampler.robust_strength = strength_argument(options.options("robustStrength"));
  sampler.non_robust_strength = strength_argument(options.options("nonRobustStrength"));
  sampler.noise = options.non_negative("noise");
  const std::size_t numbers = checked_product(env, sampler.classes, sampler.dimension);
  sampler.robust_features = options.doubles("robustFeatures", numbers);
  sampler.non_robust_features = options.doubles("nonRobustFeatures", numbers);
  sampler.shuffled = options.boolean("shuffled");
  sampler.parts = options.one_of<FeatureParts>("parts", {{"all", FeatureParts::all},
                                                         {"robust", FeatureParts::robust},
                                                         {"nonRobust", FeatureParts::non_robust}});
  sampler.seed = options.seed("seed");
  sampler.stream = options.string("stream");
  const bool single = options.one_of<bool>("precision", {{"float32", true}, {"float64", false}});
  return AsyncOperation::start(env, std::make_unique<SampleOperation>(execution_arguments(options),
                                                                      std::move(sampler), single));
}

class ForwardOperation : public AsyncOperation {
 public:
  ForwardOperation(Execution execution, NetworkCall call)
      : AsyncOperation(std::move(execution)), call_(std::move(call)) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    call_.visit([&](const auto& network, const auto& data, const auto* perturbation) {
      forward_ = forward(network, data, perturbation, team, cancellation);
    });
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("scores", doubles(env, forward_.scores));
    object.Set("loss", doubles(env, forward_.loss));
    object.Set("margin", doubles(env, forward_.margin));
    return object;
  }

 private:
  NetworkCall call_;
  ForwardResult forward_;
};

// (network, data, perturbation, options)
Napi::Value forward_function(const Napi::CallbackInfo& info) {
  Execution execution = execution_arguments(Options(info[3], "options"));
  return AsyncOperation::start(info.Env(), std::make_unique<ForwardOperation>(
                                               std::move(execution), network_call(info, true)));
}

class GradientOperation : public AsyncOperation {
 public:
  GradientOperation(Execution execution, NetworkCall call, GradientRequest request)
      : AsyncOperation(std::move(execution)), call_(std::move(call)), request_(request) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    call_.visit([&]<class T>(const PreparedNetwork<T>& network, const PatchData<T>& data,
                             const T* perturbation) {
      gradients_ = gradients(network, data, perturbation, request_, team, cancellation);
    });
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    std::visit(
        [&](const auto& found) {
          object.Set("loss", doubles(env, found.loss));
          if (request_.weights) {
            object.Set("weightGradient", typed_array(env, found.weight_gradient.data(),
                                                     found.weight_gradient.size()));
          }
          if (request_.inputs) {
            object.Set("inputGradient",
                       typed_array(env, found.input_gradient.data(), found.input_gradient.size()));
          }
        },
        gradients_);
    return object;
  }

 private:
  NetworkCall call_;
  GradientRequest request_;
  std::variant<GradientResult<float>, GradientResult<double>> gradients_;
};

// (network, data, perturbation, options)
Napi::Value gradients_function(const Napi::CallbackInfo& info) {
  const Options options(info[3], "options");
  Execution execution = execution_arguments(options);
  const GradientRequest request{loss_argument(options), options.non_negative("surrogateSlope"),
                                options.boolean("weights"), options.boolean("inputs")};
  return AsyncOperation::start(
      info.Env(),
      std::make_unique<GradientOperation>(std::move(execution), network_call(info, true), request));
}

class AttackOperation : public AsyncOperation {
 public:
  AttackOperation(Execution execution, NetworkCall call, std::vector<Attack> attacks,
                  AttackDraws draws, bool keep)
      : AsyncOperation(std::move(execution)),
        call_(std::move(call)),
        attacks_(std::move(attacks)),
        draws_(draws),
        keep_(keep) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    call_.visit(
        [&]<class T>(const PreparedNetwork<T>& network, const PatchData<T>& data, const T*) {
          attack_ = attack(network, data, attacks_, draws_, keep_, team, cancellation);
        });
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    std::visit(
        [&](const auto& found) {
          object.Set("margin", doubles(env, found.margin));
          object.Set("loss", doubles(env, found.loss));
          object.Set("norm", doubles(env, found.norm));
          object.Set("vanishedGradient",
                     typed_array(env, found.vanished.data(), found.vanished.size()));
          if (!keep_) return;
          const Napi::Array perturbations = Napi::Array::New(env);
          for (std::uint32_t a = 0; const auto& perturbation : found.perturbations) {
            perturbations.Set(a++, typed_array(env, perturbation.data(), perturbation.size()));
          }
          object.Set("perturbations", perturbations);
        },
        attack_);
    return object;
  }

 private:
  NetworkCall call_;
  std::vector<Attack> attacks_;
  AttackDraws draws_;
  bool keep_;
  std::variant<AttackResult<float>, AttackResult<double>> attack_;
};

// (network, data, attacks, options)
Napi::Value attack_function(const Napi::CallbackInfo& info) {
  const Options options(info[3], "options");
  Execution execution = execution_arguments(options);
  const AttackDraws draws{options.seed("seed"),
                          static_cast<std::uint32_t>(options.size("round", 0, 4294967295))};
  const bool keep = options.boolean("keepPerturbations");
  NetworkCall call = network_call(info, false);
  std::vector<Attack> attacks = attack_arguments(info[2], call.network, call.data);
  return AsyncOperation::start(
      info.Env(), std::make_unique<AttackOperation>(std::move(execution), std::move(call),
                                                    std::move(attacks), draws, keep));
}

class CertifyOperation : public AsyncOperation {
 public:
  CertifyOperation(Execution execution, NetworkCall call, CertificateRequest request)
      : AsyncOperation(std::move(execution)), call_(std::move(call)), request_(request) {}

 protected:
  void run(ThreadTeam& team, const Cancellation& cancellation) override {
    call_.visit(
        [&]<class T>(const PreparedNetwork<T>& network, const PatchData<T>& data, const T*) {
          margin_ = certify<T>(network, data, request_, team, cancellation);
        });
  }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("margin", doubles(env, margin_));
    return object;
  }

 private:
  NetworkCall call_;
  CertificateRequest request_;
  std::vector<double> margin_;
};

// (network, data, options)
Napi::Value certify_function(const Napi::CallbackInfo& info) {
  const Options options(info[2], "options");
  Execution execution = execution_arguments(options);
  const CertificateRequest request{norm_argument(options), budget_argument(options),
                                   options.non_negative("radius"), options.size("effort", 0)};
  NetworkCall call = network_call(info, false);
  if (std::visit([](const auto& data) { return data->geometry.overlapping(); }, call.data)) {
    invalid(info.Env(), "data",
            "without overlapping patches, whose perturbations are not independent");
  }
  return AsyncOperation::start(info.Env(), std::make_unique<CertifyOperation>(
                                               std::move(execution), std::move(call), request));
}

}  // namespace

void define_network_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("samplePatchData",
              Napi::Function::New(env, translated<sample_patch_data>, "samplePatchData"));
  exports.Set("forward", Napi::Function::New(env, translated<forward_function>, "forward"));
  exports.Set("gradients", Napi::Function::New(env, translated<gradients_function>, "gradients"));
  exports.Set("attack", Napi::Function::New(env, translated<attack_function>, "attack"));
  exports.Set("certify", Napi::Function::New(env, translated<certify_function>, "certify"));
}

}  // namespace robust_features::binding
