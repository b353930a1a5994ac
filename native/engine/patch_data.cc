#include "engine/patch_data.hpp"

namespace robust_features {

template <class T>
PatchData<T> select_samples(const PatchData<T>& data, const std::vector<std::int32_t>& indices) {
  const std::size_t length = data.geometry.input_size;
  PatchData<T> selected{data.geometry, indices.size(), data.classes,
                        AlignedBuffer<T>(indices.size() * length),
                        std::vector<std::int32_t>(indices.size())};
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto source = static_cast<std::size_t>(indices[i]);
    std::copy_n(data.input(source), length, selected.inputs.data() + i * length);
    selected.labels[i] = data.labels[source];
  }
  return selected;
}

PatchData<double> in_double(const PatchData<float>& data) {
  PatchData<double> wider{data.geometry, data.samples, data.classes,
                          AlignedBuffer<double>(data.inputs.size()), data.labels};
  std::copy_n(data.inputs.data(), data.inputs.size(), wider.inputs.data());
  return wider;
}

template PatchData<float> select_samples(const PatchData<float>&, const std::vector<std::int32_t>&);
template PatchData<double> select_samples(const PatchData<double>&,
                                          const std::vector<std::int32_t>&);

}  // namespace robust_features
