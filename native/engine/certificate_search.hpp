#pragma once

#include <cstddef>
#include <vector>

#include "engine/cancellation.hpp"
#include "engine/certificate_leaf.hpp"

namespace robust_features {

// Bounds the margin of one sample against one wrong class from below: every patch's ball is cut
// where its bound loses most, until the sum over patches is positive or the effort is spent.
class MarginSearch {
 public:
  // preactivations: patches × terms, each moved by its error the way that lowers the margin.
  MarginSearch(const ClassPair& pair, const ConvexActivation& activation,
               const std::vector<double>& preactivations, std::size_t patches, double radius,
               const Cancellation& cancellation);

  // One ball per patch.
  double bound_per_patch(std::size_t effort);
  // One ball over all patches: Σ_p min [g_p + ½ ridge ‖x_p‖²] − ½ ridge radius², for the best
  // ridge.
  double bound_per_input(std::size_t effort);

 private:
  struct Patch {
    std::vector<Leaf> leaves;  // a heap, the lowest bound first
    double attained;
    double bound() const;
  };

  double clean_bound();
  void start(double ridge);
  void improve_roots();
  void select(std::size_t patch);
  double total(double ridge) const;
  double search(double ridge, std::size_t effort);
  void work_on(std::size_t patch);
  void restart(double ridge, std::size_t evaluations);

  const ClassPair& pair_;
  const std::vector<double>& preactivations_;
  std::size_t patches_count_;
  double radius_, ridge_ = 0;
  const Cancellation& cancellation_;
  LeafBounder bounder_;
  std::vector<Patch> patches_;
  std::size_t spent_ = 0;
};

}  // namespace robust_features
