#pragma once

#include "engine/attack.hpp"
#include "engine/products.hpp"

namespace robust_features {

// The directions an l2 attack can want: the rows of W, then u_1 … u_k, v_1 … v_k where an aligned
// attack is in the list, and the filters' inner products G = W Wᵀ.
template <class T>
class SpanBasis {
 public:
  // features: 2k × dimension, or empty.
  SpanBasis(const NetworkShape& shape, const std::vector<double>& features);

  void update(const Network<T>& network);

  std::size_t filters() const { return filters_; }
  // Filters and features, padded with zero rows.
  std::size_t columns() const { return columns_; }
  // G as SpanAscent wants it
  const T* gram() const { return panels_.data(); }

  // perturbation (rows × dimension) += coefficients (rows × columns) · basis
  void accumulate(std::size_t rows, const T* coefficients, T* perturbation) const;

 private:
  std::size_t filters_, dimension_, columns_;
  AlignedBuffer<T> basis_;  // columns × dimension
  AlignedBuffer<T> gram_;   // filters × filters
  Panels<T> panels_;
};

}  // namespace robust_features
