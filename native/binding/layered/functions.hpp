#pragma once

#include <napi.h>

namespace robust_features::binding {

// Each adds its functions of src/native/layered-contract.ts to the exports.
void define_layered_functions(Napi::Env env, Napi::Object exports);
void define_layered_trainer(Napi::Env env, Napi::Object exports);

}  // namespace robust_features::binding
