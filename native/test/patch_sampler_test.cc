#include "engine/patch_sampler.hpp"

#include <algorithm>

#include "test/check.hpp"
#include "test/problem.hpp"

namespace {

using namespace robust_features;

PatchSampler sampler() {
  const AlignedAttack features = test::aligned_attack();
  PatchSampler sampler{};
  sampler.samples = 50;
  sampler.classes = test::kShape.classes;
  sampler.dimension = test::kShape.dimension;
  sampler.robust_patches = 1;
  sampler.non_robust_patches = 4;
  sampler.robust_strength = {2, 3};
  sampler.non_robust_strength = {0.5, 0.5};
  sampler.noise = 0.1;
  sampler.robust_features = features.robust_features;
  sampler.non_robust_features = features.non_robust_features;
  sampler.shuffled = true;
  sampler.parts = FeatureParts::all;
  sampler.seed = 4;
  sampler.stream = "train";
  return sampler;
}

template <class T>
PatchData<T> sampled(const PatchSampler& sampler, std::size_t threads = 2) {
  ThreadTeam team(threads);
  return sample_patch_data<T>(sampler, team, Cancellation());
}

TEST_CASE(samples_do_not_depend_on_the_number_of_threads) {
  const PatchData<float> expected = sampled<float>(sampler(), 1);
  for (const std::size_t threads : {2, 3, 8}) {
    const PatchData<float> found = sampled<float>(sampler(), threads);
    CHECK(found.labels == expected.labels);
    CHECK(std::equal(found.inputs.span().begin(), found.inputs.span().end(),
                     expected.inputs.span().begin()));
  }
}

TEST_CASE(the_first_samples_do_not_depend_on_how_many_follow) {
  PatchSampler fewer = sampler();
  fewer.samples = 20;
  const PatchData<double> all = sampled<double>(sampler()), some = sampled<double>(fewer);
  CHECK(
      std::equal(some.inputs.span().begin(), some.inputs.span().end(), all.inputs.span().begin()));
}

TEST_CASE(parts_leave_the_rest_of_the_draw_alone) {
  PatchSampler robust = sampler(), non_robust = sampler(), noise = sampler();
  robust.parts = FeatureParts::robust;
  non_robust.parts = FeatureParts::non_robust;
  noise.robust_strength = noise.non_robust_strength = {0, 0};
  const PatchData<double> all = sampled<double>(sampler()), r = sampled<double>(robust),
                          n = sampled<double>(non_robust), rest = sampled<double>(noise);
  CHECK(r.labels == all.labels && n.labels == all.labels);
  for (std::size_t i = 0; i < all.inputs.size(); ++i) {
    CHECK_NEAR(all.inputs[i] + rest.inputs[i], r.inputs[i] + n.inputs[i], 1e-14);
  }
}

TEST_CASE(a_cancelled_sampler_returns) {
  Cancellation cancellation;
  cancellation.cancel();
  ThreadTeam team(2);
  const PatchData<float> data = sample_patch_data<float>(sampler(), team, cancellation);
  CHECK(std::all_of(data.inputs.span().begin(), data.inputs.span().end(),
                    [](float x) { return x == 0; }));
}

}  // namespace
