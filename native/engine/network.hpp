#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/products.hpp"
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

// A network with its weights made ready for the products that every tile needs; `update` whenever
// they change.
template <class T>
struct PreparedNetwork : Network<T> {
  RightFactor<T> forward;   // Wᵀ: Z = X Wᵀ
  RightFactor<T> backward;  // W: gradient = D W

  PreparedNetwork(const NetworkShape& shape, const Activation<T>& activation)
      : Network<T>{shape, activation, nullptr},
        forward(shape.dimension, shape.filters(), RightFactor<T>::Stored::transposed),
        backward(shape.filters(), shape.dimension, RightFactor<T>::Stored::as_is) {}

  explicit PreparedNetwork(const Network<T>& network)
      : PreparedNetwork(network.shape, network.activation) {
    update(network.weights);
  }

  void update(const T* weights) {
    this->weights = weights;
    forward.update(weights);
    backward.update(weights);
  }
};

// scores[i] = Σ_r column_sums[i·m + r], the sums over patches of a sample's activations.
inline void add_up_scores(const NetworkShape& shape, const double* column_sums, double* scores) {
  for (std::size_t i = 0; i < shape.classes; ++i) {
    scores[i] = 0;
    for (std::size_t r = 0; r < shape.filters_per_class; ++r) {
      scores[i] += column_sums[i * shape.filters_per_class + r];
    }
  }
}

// residual[i·m + r] = scale · direction[i], for every filter what its class has.
template <class T>
void spread_residual(const NetworkShape& shape, double scale, const double* direction,
                     T* residual) {
  for (std::size_t i = 0; i < shape.classes; ++i) {
    std::fill_n(residual + i * shape.filters_per_class, shape.filters_per_class,
                static_cast<T>(scale * direction[i]));
  }
}

}  // namespace robust_features
