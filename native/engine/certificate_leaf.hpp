#pragma once

#include <cstddef>
#include <vector>

#include "engine/certificate_activation.hpp"
#include "engine/certificate_ball.hpp"
#include "engine/certificate_pair.hpp"

namespace robust_features {

// A part of one patch's ball: low_r ≤ ⟨L_r, x⟩ ≤ high_r for every term, and the parameters of the
// best relaxation found on it.
struct Leaf {
  std::vector<double> low, high;
  std::vector<double> parameter;  // of each term's quadratic
  std::vector<double> multiplier;  // ≥ 0, of (t_r − low_r)(t_r − high_r) ≤ 0 where the leaf was cut
  std::vector<bool> cut;
  double bound;
  bool improved = false;
};

// Bounds on the leaves of one patch at a time, for
//   g(x) = Σ_own σ(z_r + t_r) − Σ_wrong σ(z_r + t_r) + ½ ridge ‖x‖²,  t_r = ⟨L_r, x⟩, ‖x‖ ≤ radius.
class LeafBounder {
 public:
  LeafBounder(const ClassPair& pair, const ConvexActivation& activation, double radius);

  // Pre-activations of the terms, moved by their error the way that lowers g.
  void set_patch(const double* preactivations, double ridge);

  Leaf root() const;
  // A proven lower bound of g on the leaf with its present parameters; −∞ where none was found.
  double evaluate(Leaf& leaf);
  // Better parameters by at most `evaluations` bounds; the leaf keeps the best. Returns their
  // number.
  std::size_t improve(Leaf& leaf, std::size_t evaluations);
  // The leaf cut in two across the term whose relaxation is worst at the last minimiser.
  // Parts that are empty are left out.
  std::vector<Leaf> split(Leaf& leaf);
  // g at a point of the ball: the last relaxed minimiser after a short descent.
  double attained();

 private:
  struct Variables {
    std::vector<double> low, high, scale;
  };

  void relax(const Leaf& leaf);
  double interval_bound(const Leaf& leaf) const;
  void moments();
  void gradient(const Leaf& leaf, std::vector<double>& out) const;
  Variables variables(const Leaf& leaf) const;
  double value_at(const double* x, std::vector<double>& slopes) const;
  bool tighten(Leaf& leaf, std::size_t term) const;
  void cut_at(Leaf& leaf, std::size_t term, double low, double high,
              std::vector<Leaf>& parts) const;

  const ClassPair& pair_;
  const ConvexActivation& activation_;
  double radius_, ridge_ = 0;
  std::vector<double> z_, reach_;
  std::vector<Relaxation> relaxations_;
  std::vector<bool> active_;
  std::vector<double> first_moment_, second_moment_, along_;
  BallQuadratic ball_;
};

}  // namespace robust_features
