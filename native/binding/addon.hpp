#pragma once

#include <napi.h>

#include <any>

namespace robust_features::binding {

// What one environment (main thread or worker) keeps; freed with it.
struct AddonState {
  Napi::FunctionReference error_class;
  Napi::FunctionReference data_constructor;  // of PatchData, or ImageData
  // Handed from C++ to that constructor, which JavaScript cannot call with native data.
  std::any data_to_wrap;

  static AddonState& of(Napi::Env env) { return *env.GetInstanceData<AddonState>(); }
};

// Adds `setErrorClass` to the exports.
void define_error_class(Napi::Env env, Napi::Object exports);

}  // namespace robust_features::binding
