#pragma once

#include <limits>

#include "kernels/activation.hpp"

namespace robust_features {

// 2⁻⁵³, the largest relative error of one rounded operation in double.
inline constexpr double kUnitRoundoff = std::numeric_limits<double>::epsilon() / 2;

// value + slope (t − center) + square (t − center)²; `slack` is how far rounding may carry it over
// (or under) the activation. The parameter moves the quadratic's value at t by
// slope_change (t − center) + square_change (t − center)².
struct Relaxation {
  double center = 0, value = 0, slope = 0, square = 0, slack = 0;
  double slope_change = 0, square_change = 0;
};

struct ParameterRange {
  double low, high;
};

// An activation in double. It is convex and nondecreasing, zero for z ≤ 0, and σ'' does not
// decrease up to `bend` and vanishes beyond; docs/certificate.md derives the relaxations from that.
class ConvexActivation {
 public:
  explicit ConvexActivation(const Activation<double>& activation);

  double value(double z) const;
  double slope(double z) const;
  double curvature(double z) const;
  // Bound on the relative error of `value` and `slope`, against |value| + slope · |z|.
  double rounding() const { return rounding_; }

  // Quadratics in t below and above σ(z + t) on low ≤ t ≤ high, one for every parameter within the
  // range: in general the point t where they touch.
  Relaxation below(double z, double low, double high, double parameter) const;
  Relaxation above(double z, double low, double high, double parameter) const;
  ParameterRange range_above(double z, double low, double high) const;

 private:
  double divided_difference(double s, double t) const;
  double divided_difference_error(double s, double t) const;
  double highest_contact(double s, double high) const;
  Relaxation tangent(double z, double reach, double s) const;
  bool bends_no_more(double low, double high) const;
  Relaxation chord(double z, double reach, double low, double high) const;
  Relaxation kinked_below(double z, double reach, double low, double high, double s) const;
  void finish(Relaxation& relaxation, double z, double reach, double s) const;

  ActivationKind kind_;
  int power_;
  double threshold_, bend_, rounding_;
};

}  // namespace robust_features
