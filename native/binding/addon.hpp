#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "binding/error.hpp"
#include "binding/handles.hpp"

namespace robust_features::binding {

// What one environment (main thread or worker) keeps; freed with it.
struct AddonState {
  Napi::FunctionReference error_class;
  Napi::FunctionReference patch_data_constructor;
  // Handed from C++ to the PatchData constructor, which JavaScript cannot call with native data.
  std::optional<AnyPatchData> patch_data_to_wrap;

  static AddonState& of(Napi::Env env) { return *env.GetInstanceData<AddonState>(); }
};

}  // namespace robust_features::binding
