#include "binding/addon.hpp"

#include "binding/cancellation_class.hpp"
#include "binding/functions.hpp"
#include "binding/handles.hpp"
#include "engine/blas.hpp"

namespace robust_features::binding {

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  blas::hold_at_one_thread();
  auto* state = new AddonState();
  env.SetInstanceData(state);
  const Napi::Function patch_data = PatchDataClass::define(env);
  state->data_constructor = Napi::Persistent(patch_data);
  define_error_class(env, exports);
  exports.Set("Cancellation", CancellationClass::define(env));
  exports.Set("PatchData", patch_data);
  define_information(env, exports);
  define_kernel_functions(env, exports);
  define_lock(env, exports);
  define_network_functions(env, exports);
  define_random_functions(env, exports);
  define_trainer(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(robust_features, initialize)

}  // namespace robust_features::binding
