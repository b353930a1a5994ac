#include "binding/cancellation_class.hpp"

namespace robust_features::binding {

Napi::Function CancellationClass::define(Napi::Env env) {
  return DefineClass(env, "Cancellation", {InstanceMethod<&CancellationClass::cancel>("cancel")});
}

CancellationClass::CancellationClass(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  napi_type_tag_object(info.Env(), info.This(), &kTag);
}

}  // namespace robust_features::binding
