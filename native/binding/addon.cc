#include "binding/addon.hpp"

#include "binding/functions.hpp"
#include "engine/blas.hpp"

namespace robust_features::binding {

namespace {

void set_error_class(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) {
    throw make_error(info.Env(), "INVALID_ARGUMENT", "Expected `errorClass` to be a constructor.");
  }
  AddonState::of(info.Env()).error_class = Napi::Persistent(info[0].As<Napi::Function>());
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  blas::hold_at_one_thread();
  auto* state = new AddonState();
  env.SetInstanceData(state);
  const Napi::Function patch_data = PatchDataClass::define(env);
  state->patch_data_constructor = Napi::Persistent(patch_data);
  exports.Set("setErrorClass", Napi::Function::New(env, set_error_class, "setErrorClass"));
  exports.Set("Cancellation", CancellationClass::define(env));
  exports.Set("PatchData", patch_data);
  define_information(env, exports);
  define_kernel_functions(env, exports);
  define_network_functions(env, exports);
  define_random_functions(env, exports);
  define_trainer(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(robust_features, initialize)

}  // namespace robust_features::binding
