#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cancellation.hpp"
#include "engine/patch_data.hpp"
#include "engine/thread_team.hpp"

namespace robust_features {

struct StrengthRange {
  double low, high;
};

enum class FeatureParts : std::uint8_t { all, robust, non_robust };

// Definition 2.2 of arXiv 2410.08503: y uniform on the classes; patch p is α_p u_y + ξ_p (robust)
// or β_p v_y + ξ_p (non-robust), ξ_p ~ N(0, noise² I).
struct PatchSampler {
  std::size_t samples, classes, dimension, robust_patches, non_robust_patches;
  StrengthRange robust_strength, non_robust_strength;
  double noise;
  std::vector<double> robust_features, non_robust_features;  // classes × dimension
  bool shuffled;
  FeatureParts parts;
  std::uint64_t seed;
  std::string stream;
};

// Drawn in double and rounded to T, sample by sample from its own counters. Returns early, with the
// rest left zero, once cancelled.
template <class T>
PatchData<T> sample_patch_data(const PatchSampler& sampler, ThreadTeam& team,
                               const Cancellation& cancellation);

}  // namespace robust_features
