#include "layered/batch_normalization_stage.hpp"

#include <algorithm>
#include <cmath>

namespace robust_features::layered {

BatchNormalizationStage::BatchNormalizationStage(const Architecture& architecture,
                                                 std::size_t operation, bool rectified,
                                                 std::size_t output, InputGradient input_gradient,
                                                 const Layout& source)
    : operation_(architecture.operations()[operation]),
      range_(architecture.parameters(operation)),
      channels_(range_.weight_count),
      statistics_(architecture.statistics(operation)),
      input_(operation_.input),
      output_(output),
      rectified_(rectified),
      input_gradient_(input_gradient),
      layout_(source),
      scales_(source.channels()),
      shifts_(source.channels()),
      inverse_deviation_(source.channels()),
      mean_(source.channels()),
      scale_(source.channels()),
      shift_(source.channels()),
      of_gradient_(source.channels()),
      of_value_(source.channels()),
      constant_(source.channels()) {}

void BatchNormalizationStage::prepare(const float* parameters, const float*, Worker&) {
  std::copy_n(parameters + range_.weights, channels_, scales_.data());
  std::copy_n(parameters + range_.biases, channels_, shifts_.data());
}

void BatchNormalizationStage::reserve(std::size_t tiles) {
  const std::vector<double> zero(layout_.channels());
  moments_.resize(tiles, {0, zero, zero});
  gradient_sums_.resize(tiles, {zero, zero});
}

template <class Body>
void BatchNormalizationStage::for_planes(std::size_t images, const Body& body) const {
  const std::size_t numbers = layout_.plane.positions * layout_.plane.block;
  for (std::size_t p = 0; p < images * layout_.blocks; ++p)
    body(p * numbers, p % layout_.blocks * layout_.plane.block);
}

// T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing
// sample variances" (1979).
void BatchNormalizationStage::Moments::add(double more, const double* mean_of_more,
                                           const double* deviations_of_more) {
  const double all = count + more;
  if (all == 0) return;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const double apart = mean_of_more[c] - mean[c];
    mean[c] += apart * (more / all);
    deviations[c] += deviations_of_more[c] + apart * apart * (count * more / all);
  }
  count = all;
}

void BatchNormalizationStage::collect(const Tile& tile, std::size_t index) {
  const float* in = tile.values[input_].data();
  const auto positions = static_cast<double>(layout_.plane.positions);
  std::vector<double> mean(layout_.channels()), deviations(layout_.channels());
  Moments& moments = moments_[index];
  moments.count = 0;
  std::fill(moments.mean.begin(), moments.mean.end(), 0);
  std::fill(moments.deviations.begin(), moments.deviations.end(), 0);
  for (std::size_t image = 0; image < tile.images; ++image) {
    const float* numbers = in + image * layout_.image_numbers();
    for_planes(1, [&](std::size_t at, std::size_t channel) {
      kernel_table<float>().channel_moments(layout_.plane, numbers + at, mean.data() + channel,
                                            deviations.data() + channel);
    });
    moments.add(positions, mean.data(), deviations.data());
  }
}

void BatchNormalizationStage::reduce(std::size_t tiles, float* statistics) {
  Moments all = moments_[0];
  for (std::size_t t = 1; t < tiles; ++t)
    all.add(moments_[t].count, moments_[t].mean.data(), moments_[t].deviations.data());
  count_ = all.count;
  const double momentum = operation_.momentum;
  float* running_mean = statistics + statistics_;
  float* running_variance = running_mean + channels_;
  for (std::size_t c = 0; c < channels_; ++c) {
    const double variance = all.deviations[c] / all.count;
    inverse_deviation_[c] = 1 / std::sqrt(variance + operation_.epsilon);
    const double scale = scales_[c] * inverse_deviation_[c];
    mean_[c] = static_cast<float>(all.mean[c]);
    scale_[c] = static_cast<float>(scale);
    shift_[c] = static_cast<float>(shifts_[c] - all.mean[c] * scale);
    const double unbiased = all.count > 1 ? all.deviations[c] / (all.count - 1) : variance;
    running_mean[c] = static_cast<float>((1 - momentum) * running_mean[c] + momentum * all.mean[c]);
    running_variance[c] =
        static_cast<float>((1 - momentum) * running_variance[c] + momentum * unbiased);
  }
}

void BatchNormalizationStage::forward(Tile& tile, Worker&) const {
  const float* in = tile.values[input_].data();
  float* out = tile.values[output_].data();
  for_planes(layout_.images, [&](std::size_t at, std::size_t channel) {
    kernel_table<float>().scale_and_shift(layout_.plane, in + at, scale_.data() + channel,
                                          shift_.data() + channel, rectified_, out + at);
  });
}

void BatchNormalizationStage::collect_gradient(Tile& tile, std::size_t index) {
  AlignedBuffer<float>& gradient = tile.gradients[output_];
  if (rectified_) {
    kernel_table<float>().keep_where_positive(tile.values[output_].data(), gradient.data(),
                                              gradient.data(), gradient.size());
  }
  GradientSums& sums = gradient_sums_[index];
  std::fill(sums.sums.begin(), sums.sums.end(), 0);
  std::fill(sums.products.begin(), sums.products.end(), 0);
  const float* in = tile.values[input_].data();
  for_planes(tile.images, [&](std::size_t at, std::size_t channel) {
    kernel_table<float>().channel_gradient_sums(layout_.plane, in + at, mean_.data() + channel,
                                                gradient.data() + at, sums.sums.data() + channel,
                                                sums.products.data() + channel);
  });
}

void BatchNormalizationStage::reduce_gradient(std::size_t tiles, float* gradient) {
  for (std::size_t c = 0; c < channels_; ++c) {
    double sum = 0, product = 0;
    for (std::size_t t = 0; t < tiles; ++t) {
      sum += gradient_sums_[t].sums[c];
      product += gradient_sums_[t].products[c];
    }
    const double inverse = inverse_deviation_[c];
    gradient[range_.weights + c] += static_cast<float>(product * inverse);
    gradient[range_.biases + c] += static_cast<float>(sum);
    // ∂/∂x = γ/s · (g − mean(g) − (x − mean)/s² · mean(g (x − mean)))
    const double of_gradient = scales_[c] * inverse;
    const double of_value = -of_gradient * inverse * inverse * product / count_;
    of_gradient_[c] = static_cast<float>(of_gradient);
    of_value_[c] = static_cast<float>(of_value);
    constant_[c] = static_cast<float>(-of_gradient * sum / count_ - of_value * mean_[c]);
  }
}

void BatchNormalizationStage::backward(Tile& tile, Worker& worker, float*) const {
  if (input_gradient_ == InputGradient::unused) return;
  const bool added = input_gradient_ == InputGradient::added;
  AlignedBuffer<float>& in = tile.gradients[input_];
  float* target = added ? worker.gradient.data() : in.data();
  const float* gradient = tile.gradients[output_].data();
  const float* value = tile.values[input_].data();
  for_planes(tile.images, [&](std::size_t at, std::size_t channel) {
    kernel_table<float>().combine_by_channel(
        layout_.plane, gradient + at, of_gradient_.data() + channel, value + at,
        of_value_.data() + channel, constant_.data() + channel, target + at);
  });
  const std::size_t counted = tile.images * layout_.image_numbers();
  std::fill(target + counted, target + layout_.numbers(), 0.0f);
  if (added) kernel_table<float>().add(in.data(), target, in.data(), in.size());
}

}  // namespace robust_features::layered
