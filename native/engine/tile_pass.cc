#include "engine/tile_pass.hpp"

#include <algorithm>

#include "engine/blas.hpp"
#include "kernels/kernel_table.hpp"

namespace robust_features {

template <class T>
TilePass<T>::TilePass(const PatchGeometry& geometry, const NetworkShape& shape,
                      std::size_t capacity)
    : geometry_(&geometry),
      filters_(shape.filters()),
      columns_(padded_columns(filters_)),
      classes_(shape.classes),
      gathered_(geometry.overlapping() ? capacity * geometry.patch_numbers() : 0),
      patch_gradient_(geometry.overlapping() ? capacity * geometry.patch_numbers() : 0),
      z_(capacity * geometry.patches * columns_),
      column_residual_(columns_),
      column_sums_(columns_),
      scores_(capacity * classes_),
      directions_(capacity * classes_),
      residuals_(capacity) {}

template <class T>
void TilePass<T>::gather_patches(const T* inputs) {
  const std::vector<std::int32_t>& layout = geometry_->layout;
  T* out = gathered_.data();
  for (std::size_t s = 0; s < samples_;
       ++s, inputs += geometry_->input_size, out += layout.size()) {
    for (std::size_t e = 0; e < layout.size(); ++e) out[e] = inputs[layout[e]];
  }
}

template <class T>
void TilePass<T>::forward(const Network<T>& network, const T* inputs, std::size_t samples) {
  samples_ = samples;
  patch_rows_ = inputs;
  if (geometry_->overlapping()) {
    gather_patches(inputs);
    patch_rows_ = gathered_.data();
  }
  const std::size_t patches = geometry_->patches;
  blas::product_nt(samples * patches, filters_, geometry_->dimension, patch_rows_, network.weights,
                   z_.data(), columns_);
  score(network);
}

template <class T>
void TilePass<T>::forward_from_z(const Network<T>& network, const T* inputs, std::size_t samples) {
  samples_ = samples;
  patch_rows_ = inputs;
  score(network);
}

template <class T>
void TilePass<T>::score(const Network<T>& network) {
  const std::size_t patches = geometry_->patches;
  const std::size_t per_class = network.shape.filters_per_class;
  for (std::size_t s = 0; s < samples_; ++s) {
    kernel_table<T>().activation_column_sums(network.activation, z_.data() + s * patches * columns_,
                                             patches, columns_, column_sums_.data());
    for (std::size_t i = 0; i < classes_; ++i) {
      double score = 0;
      for (std::size_t r = 0; r < per_class; ++r) score += column_sums_[i * per_class + r];
      scores_[s * classes_ + i] = score;
    }
  }
}

template <class T>
void TilePass<T>::residuals(LossKind loss, std::span<const std::int32_t> labels) {
  for (std::size_t s = 0; s < samples_; ++s) {
    residuals_[s] = residual(loss, {scores_.data() + s * classes_, classes_},
                             static_cast<std::size_t>(labels[s]),
                             {directions_.data() + s * classes_, classes_});
  }
}

template <class T>
void TilePass<T>::slopes(const Network<T>& network, Scaling scaling, double factor,
                         double surrogate_slope) {
  const std::size_t per_class = network.shape.filters_per_class;
  const std::size_t patches = geometry_->patches;
  for (std::size_t s = 0; s < samples_; ++s) {
    const double scale = scaling == Scaling::loss ? residuals_[s].scale * factor : factor;
    for (std::size_t i = 0; i < classes_; ++i) {
      std::fill_n(column_residual_.data() + i * per_class, per_class,
                  static_cast<T>(scale * directions_[s * classes_ + i]));
    }
    kernel_table<T>().residual_slopes(network.activation, static_cast<T>(surrogate_slope),
                                      column_residual_.data(), z_.data() + s * patches * columns_,
                                      patches, columns_);
  }
}

template <class T>
void TilePass<T>::accumulate_weight_gradient(T* gradient) const {
  blas::accumulate_tn(filters_, geometry_->dimension, samples_ * geometry_->patches, z_.data(),
                      columns_, patch_rows_, gradient);
}

template <class T>
void TilePass<T>::accumulate_coefficient_gradient(const T* coefficients, std::size_t basis_columns,
                                                  T* gradient) const {
  blas::accumulate_tn(filters_, basis_columns, samples_ * geometry_->patches, z_.data(), columns_,
                      coefficients, gradient);
}

template <class T>
void TilePass<T>::input_gradient(const Network<T>& network, T* gradient) {
  const std::size_t rows = samples_ * geometry_->patches;
  T* patch_gradient = geometry_->overlapping() ? patch_gradient_.data() : gradient;
  blas::product_nn(rows, geometry_->dimension, filters_, z_.data(), columns_, network.weights,
                   patch_gradient, geometry_->dimension);
  if (!geometry_->overlapping()) return;
  const std::vector<std::int32_t>& layout = geometry_->layout;
  std::fill_n(gradient, samples_ * geometry_->input_size, T(0));
  for (std::size_t s = 0; s < samples_;
       ++s, gradient += geometry_->input_size, patch_gradient += layout.size()) {
    for (std::size_t e = 0; e < layout.size(); ++e) gradient[layout[e]] += patch_gradient[e];
  }
}

template class TilePass<float>;
template class TilePass<double>;

}  // namespace robust_features
