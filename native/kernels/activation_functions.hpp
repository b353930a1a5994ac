#pragma once

#include <cstddef>

#include "kernels/activation.hpp"
#include "kernels/lanes.hpp"

// The activations as branch-free functors. Included by kernel_set.cc alone, inside
// its instruction set's own anonymous namespace.
namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

// Eight floats or four doubles: the compiler's own vectors, which it lowers to what the instruction
// set has. The functors below take numbers or vectors alike.
template <class T>
using Lanes [[gnu::vector_size(kLanes<T> * sizeof(T))]] = T;

// One number or vector at any alignment.
template <class V, class T>
V read(const T* source) {
  V value;
  __builtin_memcpy(&value, source, sizeof(value));
  return value;
}

template <class V, class T>
void write(T* target, V value) {
  __builtin_memcpy(target, &value, sizeof(value));
}

// x^exponent for a compile-time exponent ≥ 0.
template <int Exponent, class V>
V raised(V x) {
  if constexpr (Exponent == 0)
    return V{} + 1;
  else if constexpr (Exponent == 1)
    return x;
  else if constexpr (Exponent % 2 == 0)
    return raised<Exponent / 2>(x * x);
  else
    return x * raised<Exponent - 1>(x);
}

template <class V>
V raised(V x, int exponent) {
  V result = V{} + 1;
  for (; exponent > 0; exponent >>= 1, x *= x) {
    if (exponent & 1) result *= x;
  }
  return result;
}

// Comparisons are written so that NaN passes through: a hidden NaN would hide divergence.
template <class V>
V positive_part(V z) {
  return z < 0 ? V{} : z;
}

template <class V>
V at_most_one(V z) {
  return z > 1 ? V{} + 1 : z;
}

// Power 0 stands for a power known at run time only.
template <class T, int Power>
struct SmoothedRelu {
  T threshold, inverse_threshold, threshold_over_power;
  int power;

  template <class V>
  V ratio(V z) const {
    return at_most_one(positive_part(z * inverse_threshold));
  }
  template <class V>
  V power_of(V t) const {
    if constexpr (Power > 0)
      return raised<Power - 1>(t);
    else
      return raised(t, power - 1);
  }
  template <class V>
  V value(V z) const {
    const V t = ratio(z);
    return threshold_over_power * (t * power_of(t)) + positive_part(z - threshold);
  }
  template <class V>
  V slope(V z) const {
    return power_of(ratio(z));
  }
};

template <class T>
struct Relu {
  template <class V>
  V value(V z) const {
    return positive_part(z);
  }
  template <class V>
  V slope(V z) const {
    const V above_zero = z > 0 ? V{} + 1 : z;
    return z <= 0 ? V{} : above_zero;
  }
};

template <class T, int Power>
struct Polynomial {
  int power;

  template <class V>
  V value(V z) const {
    if constexpr (Power > 0)
      return raised<Power>(positive_part(z));
    else
      return raised(positive_part(z), power);
  }
  template <class V>
  V slope(V z) const {
    if constexpr (Power > 0)
      return T(Power) * raised<Power - 1>(positive_part(z));
    else
      return static_cast<T>(power) * raised(positive_part(z), power - 1);
  }
};

template <class T, int Power, class Body>
void with_power(const Activation<T>& activation, const Body& body) {
  const T q = static_cast<T>(activation.power);
  if (activation.kind == ActivationKind::smoothed_relu) {
    body(SmoothedRelu<T, Power>{activation.threshold, T(1) / activation.threshold,
                                activation.threshold / q, activation.power});
  } else {
    body(Polynomial<T, Power>{activation.power});
  }
}

// Calls body with the functor of the activation; the common powers are compiled apart.
template <class T, class Body>
void with_activation(const Activation<T>& activation, const Body& body) {
  if (activation.kind == ActivationKind::relu) return body(Relu<T>{});
  switch (activation.power) {
    case 2:
      return with_power<T, 2>(activation, body);
    case 3:
      return with_power<T, 3>(activation, body);
    case 4:
      return with_power<T, 4>(activation, body);
    default:
      return with_power<T, 0>(activation, body);
  }
}

}  // namespace
}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
