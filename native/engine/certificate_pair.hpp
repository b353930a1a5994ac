#pragma once

#include <cstddef>
#include <vector>

#include "engine/network.hpp"

namespace robust_features {

// The filters of class y (own) and class j (wrong), in coordinates x of their common span: a
// perturbation δ moves pre-activation r by ⟨L_r, x⟩ + e_r with ‖x‖ ≤ stretch · ‖δ‖ and
// |e_r| ≤ residual_r ‖δ‖. Without rounding the stretch is 1 and the residuals are 0.
struct ClassPair {
  std::size_t own, wrong;
  std::size_t terms;      // 2 · filters per class, the own class first
  std::size_t dimension;  // of x
  double stretch;
  std::vector<double> filters;    // L: terms × dimension
  std::vector<double> norms;      // at least ‖L_r‖
  std::vector<double> residuals;  // terms
  std::vector<double> gram;       // L Lᵀ, terms × terms

  ClassPair(const NetworkShape& shape, const double* weights, std::size_t own, std::size_t wrong);

  bool is_own(std::size_t term) const { return 2 * term < terms; }
  // Position of a term's filter in the network.
  std::size_t filter(std::size_t term) const {
    const std::size_t m = terms / 2;
    return term < m ? own * m + term : wrong * m + (term - m);
  }
};

}  // namespace robust_features
