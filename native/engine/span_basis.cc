#include "engine/span_basis.hpp"

#include <algorithm>

#include "engine/blas.hpp"

namespace robust_features {

template <class T>
SpanBasis<T>::SpanBasis(const NetworkShape& shape, const std::vector<double>& features)
    : filters_(shape.filters()),
      dimension_(shape.dimension),
      columns_(padded_columns(filters_ + features.size() / dimension_)),
      basis_(columns_ * dimension_),
      gram_(filters_ * filters_),
      panels_(filters_, filters_) {
  std::transform(features.begin(), features.end(), basis_.data() + filters_ * dimension_,
                 [](double value) { return static_cast<T>(value); });
}

template <class T>
void SpanBasis<T>::update(const Network<T>& network) {
  std::copy_n(network.weights, filters_ * dimension_, basis_.data());
  blas::product_nt(filters_, filters_, dimension_, network.weights, dimension_, network.weights,
                   gram_.data(), filters_);
  panels_.pack(gram_.data(), filters_, 1);
}

template <class T>
void SpanBasis<T>::accumulate(std::size_t rows, const T* coefficients, T* perturbation) const {
  blas::accumulate_nn(rows, dimension_, columns_, coefficients, columns_, basis_.data(),
                      perturbation);
}

template class SpanBasis<float>;
template class SpanBasis<double>;

}  // namespace robust_features
