#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/aligned_buffer.hpp"
#include "engine/network.hpp"
#include "engine/patch_data.hpp"
#include "kernels/softmax.hpp"

namespace robust_features {

// Filters padded to whole vectors of float: the length of a row of Z.
inline std::size_t padded_columns(std::size_t filters) {
  return (filters + kLanes<float> - 1) / kLanes<float> * kLanes<float>;
}

// Up to `capacity` samples going through the network: pre-activations Z = X Wᵀ, class scores,
// residuals, slopes D = σ′(Z) ∘ residual and the two gradients, in buffers one worker reuses for
// every tile.
//
// Order of calls: forward | forward_from_z → residuals → slopes → accumulate_weight_gradient |
// input_gradient; `resume` instead of the first where the scores are known.
template <class T>
class TilePass {
 public:
  TilePass(const PatchGeometry& geometry, const NetworkShape& shape, std::size_t capacity);

  // inputs: samples × input_size; they must stay alive until the last call that follows.
  void forward(const PreparedNetwork<T>& network, const T* inputs, std::size_t samples);
  // The same where Z is known: `inputs` are those that go with it in a weight gradient.
  void forward_from_z(const PreparedNetwork<T>& network, const T* z, const T* inputs,
                      std::size_t samples);
  // The same where the class scores are known too.
  void resume(const T* z, std::span<const double> scores, const T* inputs, std::size_t samples);
  // Z alone: samples·P × columns(), filters padded with zeros to whole vectors.
  void preactivations(const PreparedNetwork<T>& network, const T* inputs, std::size_t samples,
                      T* z);
  std::size_t columns() const { return columns_; }
  // samples × classes
  std::span<const double> scores() const { return {scores_.data(), samples_ * shape_.classes}; }

  void residuals(LossKind loss, std::span<const std::int32_t> labels);
  // One per sample of the tile; the directions belong to TilePass.
  std::span<const Residual> residuals() const { return {residuals_.data(), samples_}; }

  // D = max(σ′(Z), surrogate_slope) · direction, times the residual's scale · factor unless
  // `direction_only`.
  enum class Scaling : std::uint8_t { direction_only, loss };
  void slopes(const PreparedNetwork<T>& network, Scaling scaling, double factor,
              double surrogate_slope);

  // gradient (filters × dimension) += Dᵀ X
  void accumulate_weight_gradient(T* gradient) const;
  // gradient (filters × basis_columns) += Dᵀ C for coefficients C: samples·P × basis_columns
  void accumulate_coefficient_gradient(const T* coefficients, std::size_t basis_columns,
                                       T* gradient) const;
  // gradient (samples × input_size) = D W, scattered where patches overlap
  void input_gradient(const PreparedNetwork<T>& network, T* gradient);

 private:
  // Class scores from Z.
  void score(const PreparedNetwork<T>& network, const T* z, std::size_t samples);
  // The patches as rows: the inputs themselves, or gathered where patches overlap.
  const T* rows_of(const T* inputs, std::size_t samples);

  const PatchGeometry* geometry_;
  NetworkShape shape_;
  std::size_t columns_;
  std::size_t samples_ = 0;
  const T* preactivations_ = nullptr;  // samples·P × columns
  const T* patch_rows_ = nullptr;      // samples·P × dimension
  AlignedBuffer<T> gathered_;          // the same, where patches overlap
  AlignedBuffer<T> patch_gradient_;
  AlignedBuffer<T> z_;  // Z, then D in its place
  AlignedBuffer<T> column_residual_;
  AlignedBuffer<double> column_sums_;
  AlignedBuffer<double> scores_;
  AlignedBuffer<double> directions_;
  std::vector<Residual> residuals_;
};

}  // namespace robust_features
