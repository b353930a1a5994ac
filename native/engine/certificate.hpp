#pragma once

#include <cstdint>
#include <vector>

#include "engine/attack.hpp"
#include "engine/cancellation.hpp"
#include "engine/network.hpp"
#include "engine/patch_data.hpp"
#include "engine/thread_team.hpp"

namespace robust_features {

struct CertificateRequest {
  Norm norm;
  Budget budget;
  double radius;
  // Bounds spent per sample and wrong class beyond the first round over its patches.
  std::size_t effort;
};

// Proven lower bounds of the worst margin F_y − max_{j≠y} F_j over the perturbations of a ball, for
// the network in real arithmetic with the given weights and inputs; −∞ where nothing was proven.
// docs/certificate.md has the proof. Patches must not overlap. A cancelled call returns early.
template <class T>
std::vector<double> certify(const Network<T>& network, const PatchData<T>& data,
                            const CertificateRequest& request, ThreadTeam& team,
                            const Cancellation& cancellation);

}  // namespace robust_features
