#pragma once

#include <napi.h>

namespace robust_features::binding {

// Each adds its functions of src/native/contract.ts to the exports.
void define_information(Napi::Env env, Napi::Object exports);
void define_kernel_functions(Napi::Env env, Napi::Object exports);
void define_lock(Napi::Env env, Napi::Object exports);
void define_network_functions(Napi::Env env, Napi::Object exports);
void define_random_functions(Napi::Env env, Napi::Object exports);
void define_trainer(Napi::Env env, Napi::Object exports);

}  // namespace robust_features::binding
