#include "engine/patch_sampler.hpp"

#include "engine/random_stream.hpp"

namespace robust_features {

namespace {

template <class T>
class SampleWriter {
 public:
  explicit SampleWriter(const PatchSampler& sampler)
      : sampler_(sampler), noise_(sampler.dimension), prefix_("data/" + sampler.stream) {}

  void write(std::uint32_t sample, T* out, std::int32_t& label) {
    label = static_cast<std::int32_t>(
        uniform_index(stream("/label", sample).uniform(0), sampler_.classes));
    const RandomStream strengths = stream("/strength", sample);
    const RandomStream noise = stream("/noise", sample);
    const std::size_t patches = sampler_.robust_patches + sampler_.non_robust_patches;
    std::vector<std::int32_t> order;
    if (sampler_.shuffled) order = stream("/order", sample).permutation(patches);
    for (std::size_t p = 0; p < patches; ++p) {
      const std::size_t position = sampler_.shuffled ? static_cast<std::size_t>(order[p]) : p;
      noise.normals(position * sampler_.dimension, noise_);
      write_patch(p, static_cast<std::size_t>(label), strengths.uniform(p),
                  out + position * sampler_.dimension);
    }
  }

 private:
  RandomStream stream(const char* name, std::uint32_t sample) const {
    return {sampler_.seed, prefix_ + name, sample};
  }

  void write_patch(std::size_t patch, std::size_t label, double uniform, T* out) const {
    const bool robust = patch < sampler_.robust_patches;
    const StrengthRange& range = robust ? sampler_.robust_strength : sampler_.non_robust_strength;
    const FeatureParts own = robust ? FeatureParts::robust : FeatureParts::non_robust;
    const bool kept = sampler_.parts == FeatureParts::all || sampler_.parts == own;
    const double strength = kept ? range.low + (range.high - range.low) * uniform : 0.0;
    const double* feature =
        (robust ? sampler_.robust_features : sampler_.non_robust_features).data() +
        label * sampler_.dimension;
    for (std::size_t e = 0; e < sampler_.dimension; ++e) {
      out[e] = static_cast<T>(strength * feature[e] + sampler_.noise * noise_[e]);
    }
  }

  const PatchSampler& sampler_;
  std::vector<double> noise_;
  std::string prefix_;
};

}  // namespace

template <class T>
PatchData<T> sample_patch_data(const PatchSampler& sampler, ThreadTeam& team,
                               const Cancellation& cancellation) {
  const std::size_t patches = sampler.robust_patches + sampler.non_robust_patches;
  const std::size_t length = patches * sampler.dimension;
  PatchData<T> data{{patches, sampler.dimension, length, {}},
                    sampler.samples,
                    sampler.classes,
                    AlignedBuffer<T>(sampler.samples * length),
                    std::vector<std::int32_t>(sampler.samples)};
  std::vector<SampleWriter<T>> writers(team.threads(), SampleWriter<T>(sampler));
  team.parallel_for(sampler.samples, [&](std::size_t sample, std::size_t worker) {
    if (cancellation.cancelled()) return;
    writers[worker].write(static_cast<std::uint32_t>(sample), data.inputs.data() + sample * length,
                          data.labels[sample]);
  });
  return data;
}

template PatchData<float> sample_patch_data(const PatchSampler&, ThreadTeam&, const Cancellation&);
template PatchData<double> sample_patch_data(const PatchSampler&, ThreadTeam&, const Cancellation&);

}  // namespace robust_features
