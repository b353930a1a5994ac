#pragma once

#include "binding/arguments.hpp"
#include "binding/handles.hpp"
#include "engine/network.hpp"

namespace robust_features::binding {

struct NetworkArguments {
  NetworkShape shape;
  ActivationKind kind;
  int power;
  double threshold;
  AnyFloatVector weights;

  template <class T>
  Activation<T> activation() const {
    return {kind, power, static_cast<T>(threshold)};
  }
};
NetworkArguments network_arguments(Napi::Value value);

const AnyPatchData& patch_data_argument(Napi::Value value, const std::string& name);
// Refuses a network whose dimension or precision is not the data's, or with fewer classes.
void require_matching(Napi::Env env, const NetworkArguments& network, const AnyPatchData& data);

}  // namespace robust_features::binding
