#pragma once

#include <cstdint>
#include <vector>

#include "engine/aligned_buffer.hpp"

namespace robust_features {

struct PatchGeometry {
  std::size_t patches;
  std::size_t dimension;
  // Numbers an attacker may change per sample: patches · dimension, or the pixels below overlapping
  // patches.
  std::size_t input_size;
  // patches · dimension positions into a sample's input; empty when the patches are the input.
  std::vector<std::int32_t> layout;

  bool overlapping() const { return !layout.empty(); }
  std::size_t patch_numbers() const { return patches * dimension; }
};

// Immutable once filled; shared by reference between operations and threads.
template <class T>
struct PatchData {
  PatchGeometry geometry;
  std::size_t samples;
  std::size_t classes;
  AlignedBuffer<T> inputs;  // samples × input_size
  std::vector<std::int32_t> labels;

  std::size_t bytes() const {
    return inputs.size() * sizeof(T) + labels.size() * sizeof(std::int32_t);
  }
  const T* input(std::size_t sample) const { return inputs.data() + sample * geometry.input_size; }
};

// The given samples, in the given order.
template <class T>
PatchData<T> select_samples(const PatchData<T>& data, const std::vector<std::int32_t>& indices);

// The same samples with inputs of double, which holds every float exactly.
PatchData<double> in_double(const PatchData<float>& data);

}  // namespace robust_features
