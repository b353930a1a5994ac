#pragma once

#include "binding/arguments.hpp"

namespace robust_features::binding {

template <class Class, auto Read>
Napi::Value read_accessor(const Napi::CallbackInfo& info) {
  if (!has_tag(info.This(), Class::kTag)) invalid(info.Env(), "this", Class::kReceiver);
  return (Class::Unwrap(info.This().As<Napi::Object>())->*Read)(info);
}

// A getter of a class. Node-API checks the receiver of methods but not of accessors, so an
// InstanceAccessor of node-addon-api would read the memory of whatever it is called on.
template <class Class, auto Read>
Napi::PropertyDescriptor accessor(const char* name) {
  return Napi::PropertyDescriptor::Accessor<read_accessor<Class, Read>>(name);
}

// Adds getters to a class.
inline Napi::Function with_accessors(
    Napi::Function constructor, const std::initializer_list<Napi::PropertyDescriptor>& accessors) {
  constructor.Get("prototype").As<Napi::Object>().DefineProperties(accessors);
  return constructor;
}

}  // namespace robust_features::binding
