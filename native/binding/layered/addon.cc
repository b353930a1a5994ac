#include "binding/addon.hpp"

#include "binding/cancellation_class.hpp"
#include "binding/error.hpp"
#include "binding/layered/functions.hpp"
#include "binding/layered/image_data_class.hpp"
#include "layered/warm_up.hpp"

namespace robust_features::binding {

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* state = new AddonState();
  env.SetInstanceData(state);
  with_translated_errors(env, layered::warm_up);  // makes errors with the state
  const Napi::Function image_data = ImageDataClass::define(env);
  state->data_constructor = Napi::Persistent(image_data);
  define_error_class(env, exports);
  exports.Set("Cancellation", CancellationClass::define(env));
  exports.Set("ImageData", image_data);
  define_layered_functions(env, exports);
  define_layered_trainer(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(robust_features_layered, initialize)

}  // namespace robust_features::binding
