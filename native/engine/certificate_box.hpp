#pragma once

#include <cstddef>
#include <vector>

#include "engine/certificate_activation.hpp"
#include "engine/network.hpp"

namespace robust_features {

// A filter with what its products with perturbations and patches need.
struct CertifiedFilters {
  NetworkShape shape;
  const double* weights;            // filters × dimension
  std::vector<double> norms, sums;  // at least ‖w‖₂ and ‖w‖₁
};

// Lower bound of F_own − F_wrong over the box of half width `radius` around one patch, by a line
// for every term: a tangent for the own class, the chord for the wrong one. preactivations: of the
// terms, own class first, each moved by its error the way that lowers the margin.
double bound_in_box(const CertifiedFilters& filters, const ConvexActivation& activation,
                    std::size_t own, std::size_t wrong, const double* preactivations,
                    double radius);

}  // namespace robust_features
