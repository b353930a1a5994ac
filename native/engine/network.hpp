#pragma once

#include <cstddef>

#include "kernels/activation.hpp"

namespace robust_features {

struct NetworkShape {
  std::size_t classes, filters_per_class, dimension;

  std::size_t filters() const { return classes * filters_per_class; }
  std::size_t weights() const { return filters() * dimension; }
};

// F_i(X) = Σ_{r<m} Σ_{p<P} σ(⟨w_{i,r}, x_p⟩); a view, the weights belong to the caller.
template <class T>
struct Network {
  NetworkShape shape;
  Activation<T> activation;
  const T* weights;  // filters × dimension, class by class
};

}  // namespace robust_features
