#include "engine/tile_pass.hpp"

#include <algorithm>

#include "kernels/kernel_table.hpp"

namespace robust_features {

template <class T>
TilePass<T>::TilePass(const PatchGeometry& geometry, const NetworkShape& shape,
                      std::size_t capacity)
    : geometry_(&geometry),
      shape_(shape),
      columns_(padded_columns(shape.filters())),
      gathered_(geometry.overlapping() ? capacity * geometry.patch_numbers() : 0),
      patch_gradient_(geometry.overlapping() ? capacity * geometry.patch_numbers() : 0),
      z_(capacity * geometry.patches * columns_),
      column_residual_(columns_),
      column_sums_(columns_),
      scores_(capacity * shape.classes),
      directions_(capacity * shape.classes),
      residuals_(capacity) {}

template <class T>
const T* TilePass<T>::rows_of(const T* inputs, std::size_t samples) {
  if (!geometry_->overlapping()) return inputs;
  const std::vector<std::int32_t>& layout = geometry_->layout;
  T* out = gathered_.data();
  for (std::size_t s = 0; s < samples; ++s, inputs += geometry_->input_size, out += layout.size()) {
    for (std::size_t e = 0; e < layout.size(); ++e) out[e] = inputs[layout[e]];
  }
  return gathered_.data();
}

template <class T>
void TilePass<T>::preactivations(const PreparedNetwork<T>& network, const T* inputs,
                                 std::size_t samples, T* z) {
  patch_rows_ = rows_of(inputs, samples);
  network.forward.multiply(samples * geometry_->patches, patch_rows_, geometry_->dimension, z,
                           columns_);
}

template <class T>
void TilePass<T>::forward(const PreparedNetwork<T>& network, const T* inputs, std::size_t samples) {
  preactivations(network, inputs, samples, z_.data());
  score(network, z_.data(), samples);
}

template <class T>
void TilePass<T>::resume(const T* z, std::span<const double> scores, const T* inputs,
                         std::size_t samples) {
  samples_ = samples;
  preactivations_ = z;
  patch_rows_ = inputs;
  std::copy_n(scores.data(), samples * shape_.classes, scores_.data());
}

template <class T>
void TilePass<T>::forward_from_z(const PreparedNetwork<T>& network, const T* z, const T* inputs,
                                 std::size_t samples) {
  patch_rows_ = rows_of(inputs, samples);
  score(network, z, samples);
}

template <class T>
void TilePass<T>::score(const PreparedNetwork<T>& network, const T* z, std::size_t samples) {
  samples_ = samples;
  preactivations_ = z;
  const std::size_t length = geometry_->patches * columns_;
  for (std::size_t s = 0; s < samples; ++s) {
    kernel_table<T>().activation_column_sums(network.activation, z + s * length, geometry_->patches,
                                             columns_, column_sums_.data());
    add_up_scores(shape_, column_sums_.data(), scores_.data() + s * shape_.classes);
  }
}

template <class T>
void TilePass<T>::residuals(LossKind loss, std::span<const std::int32_t> labels) {
  const std::size_t classes = shape_.classes;
  for (std::size_t s = 0; s < samples_; ++s) {
    residuals_[s] =
        residual(loss, {scores_.data() + s * classes, classes}, static_cast<std::size_t>(labels[s]),
                 {directions_.data() + s * classes, classes});
  }
}

template <class T>
void TilePass<T>::slopes(const PreparedNetwork<T>& network, Scaling scaling, double factor,
                         double surrogate_slope) {
  const std::size_t length = geometry_->patches * columns_;
  for (std::size_t s = 0; s < samples_; ++s) {
    const double scale = scaling == Scaling::loss ? residuals_[s].scale * factor : factor;
    spread_residual(shape_, scale, directions_.data() + s * shape_.classes,
                    column_residual_.data());
    kernel_table<T>().residual_slopes(network.activation, static_cast<T>(surrogate_slope),
                                      column_residual_.data(), preactivations_ + s * length,
                                      z_.data() + s * length, geometry_->patches, columns_);
  }
}

template <class T>
void TilePass<T>::accumulate_weight_gradient(T* gradient) const {
  accumulate_transposed(shape_.filters(), geometry_->dimension, samples_ * geometry_->patches,
                        z_.data(), columns_, patch_rows_, gradient);
}

template <class T>
void TilePass<T>::accumulate_coefficient_gradient(const T* coefficients, std::size_t basis_columns,
                                                  T* gradient) const {
  accumulate_transposed(shape_.filters(), basis_columns, samples_ * geometry_->patches, z_.data(),
                        columns_, coefficients, gradient);
}

template <class T>
void TilePass<T>::input_gradient(const PreparedNetwork<T>& network, T* gradient) {
  const std::size_t rows = samples_ * geometry_->patches;
  T* patch_gradient = geometry_->overlapping() ? patch_gradient_.data() : gradient;
  network.backward.multiply(rows, z_.data(), columns_, patch_gradient, geometry_->dimension);
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
