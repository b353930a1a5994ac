#include "engine/certificate_activation.hpp"

#include <algorithm>
#include <cmath>

namespace robust_features {

namespace {

double raised(double x, int exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1, x *= x) {
    if (exponent & 1) result *= x;
  }
  return result;
}

// Contacts keep this share of the interval away from its end, where a divided difference loses its
// digits.
constexpr double kClearance = 1e-3;

struct Interval {
  double low, high;
};

// z + [low, high], rounded outward.
Interval widened(double z, double low, double high) {
  const double error = 4 * kUnitRoundoff * (std::abs(z) + std::max(std::abs(low), std::abs(high)));
  return {z + low - error, z + high + error};
}

}  // namespace

ConvexActivation::ConvexActivation(const Activation<double>& activation)
    : kind_(activation.kind),
      power_(activation.power),
      threshold_(activation.threshold),
      bend_(activation.kind == ActivationKind::relu ? 0
            : activation.kind == ActivationKind::smoothed_relu
                ? activation.threshold
                : std::numeric_limits<double>::infinity()),
      rounding_((activation.kind == ActivationKind::relu ? 32.0 : 4.0 * activation.power + 64.0) *
                kUnitRoundoff) {}

double ConvexActivation::value(double z) const {
  if (z <= 0) return 0;
  if (kind_ == ActivationKind::polynomial) return raised(z, power_);
  if (z < bend_) return threshold_ / power_ * raised(z / threshold_, power_);
  return kind_ == ActivationKind::relu ? z : z - (threshold_ - threshold_ / power_);
}

double ConvexActivation::slope(double z) const {
  if (z <= 0) return 0;
  if (kind_ == ActivationKind::polynomial) return power_ * raised(z, power_ - 1);
  return z < bend_ ? raised(z / threshold_, power_ - 1) : 1;
}

double ConvexActivation::curvature(double z) const {
  if (z <= 0 || z >= bend_) return 0;
  if (kind_ == ActivationKind::polynomial) return power_ * (power_ - 1.0) * raised(z, power_ - 2);
  return (power_ - 1) / threshold_ * raised(z / threshold_, power_ - 2);
}

// σ[s, s, t] = (σ(t) − σ(s) − σ'(s)(t − s)) / (t − s)²
double ConvexActivation::divided_difference(double s, double t) const {
  const double h = t - s;
  return (value(t) - value(s) - slope(s) * h) / (h * h);
}

double ConvexActivation::divided_difference_error(double s, double t) const {
  const double h = t - s;
  const double terms = value(t) + value(s) + slope(s) * std::abs(h) + slope(t) * std::abs(t) +
                       slope(s) * std::abs(s);
  return rounding_ * (terms / (h * h) + 1e-280);
}

// Where t ↦ σ[s, s, t] is largest on s < t ≤ high, for s < bend: at the end while σ'' does not
// decrease, and beyond the bend where K/h − J/h² peaks, with K = 1 − σ'(s) and J = ∫ (x − s) σ''.
// An error of that place changes the peak in second order only.
double ConvexActivation::highest_contact(double s, double high) const {
  if (high <= bend_) return high;
  const double k = 1 - slope(s);
  const double j = (bend_ - s) - value(bend_) + value(s);
  return std::clamp(s + 2 * j / k, bend_, high);
}

void ConvexActivation::finish(Relaxation& relaxation, double z, double reach, double s) const {
  const double r = std::abs(z) + std::abs(s) + reach;
  relaxation.slack =
      rounding_ * (relaxation.value + relaxation.slope * r + std::abs(relaxation.square) * r * r) +
      1e-280;
}

Relaxation ConvexActivation::tangent(double z, double reach, double s) const {
  Relaxation result;
  result.center = s - z;
  result.value = value(s);
  result.slope = slope(s);
  finish(result, z, reach, s);
  return result;
}

// Whether the curved part of [low, high] is too short for divided differences.
bool ConvexActivation::bends_no_more(double low, double high) const {
  return std::isfinite(bend_) && bend_ - low <= kClearance * kClearance * (bend_ + (high - low));
}

Relaxation ConvexActivation::chord(double z, double reach, double low, double high) const {
  Relaxation result;
  result.center = low - z;
  result.value = value(low);
  result.slope = high > low ? (value(high) - value(low)) / (high - low) : slope(high);
  finish(result, z, reach, high);
  return result;
}

// Through the kink of ReLU, with slope g and the largest curvature that stays below.
Relaxation ConvexActivation::kinked_below(double z, double reach, double low, double high,
                                          double s) const {
  const double g = std::clamp((s - low) / (high - low), 0.0, 1.0);
  Relaxation result;
  result.center = -z;
  result.slope = g;
  const bool left = g / -low < (1 - g) / high;
  result.square = (left ? g / -low : (1 - g) / high) * (1 - 8 * kUnitRoundoff);
  result.slope_change = 1 / (high - low);
  result.square_change = (left ? 1 / -low : -1 / high) / (high - low);
  finish(result, z, reach, 0);
  return result;
}

Relaxation ConvexActivation::below(double z, double low, double high, double parameter) const {
  const double reach = std::max(std::abs(low), std::abs(high));
  const auto [l, u] = widened(z, low, high);
  if (u <= 0) return {};
  const double s = std::clamp(z + parameter, l, u);
  if (kind_ == ActivationKind::relu && l < 0) return kinked_below(z, reach, l, u, s);
  Relaxation result = tangent(z, reach, s);
  if (s >= bend_) return result;
  double contact = l;
  // At the left end there is nothing to touch, and the tangent stays alone.
  double square = s > l ? divided_difference(s, l) - divided_difference_error(s, l) : 0.0;
  if (u > bend_) {
    const double other = divided_difference(s, u) - divided_difference_error(s, u);
    if (!(square <= other)) {
      square = other;
      contact = u;
    }
  }
  if (!(square > 0)) {
    result.slope_change = curvature(s);
    return result;
  }
  result.square = square;
  result.slope_change = curvature(s) - 2 * square;
  result.square_change = -result.slope_change / (contact - s);
  finish(result, z, reach, s);
  return result;
}

ParameterRange ConvexActivation::range_above(double z, double low, double high) const {
  const auto [l, u] = widened(z, low, high);
  if (u <= 0 || bends_no_more(l, u)) return {low, high};
  const double top = std::min(u, bend_);
  return {low - std::max(0.0, u - highest_contact(l, u)), top - kClearance * (top - l) - z};
}

Relaxation ConvexActivation::above(double z, double low, double high, double parameter) const {
  const double reach = std::max(std::abs(low), std::abs(high));
  const auto [l, u] = widened(z, low, high);
  if (u <= 0) return {};
  if (bends_no_more(l, u)) return chord(z, reach, l, u);
  const double top = std::min(u, bend_);
  double s = std::min(z + parameter, top - kClearance * (top - l));
  double contact = 0;
  double direction = 1;
  if (s >= l) {
    contact = highest_contact(s, u);
  } else {
    // Past the quadratic that touches at both l and its contact: tangent there and beyond, through
    // l.
    contact = l;
    const double tangent_at_low = highest_contact(l, u);
    if (tangent_at_low < u) {
      s = std::min(u, tangent_at_low + (l - s));
      direction = -1;
    } else {
      s = l;
      contact = tangent_at_low;
    }
  }
  Relaxation result = tangent(z, reach, s);
  result.square =
      std::max(0.0, divided_difference(s, contact)) + divided_difference_error(s, contact);
  result.slope_change = direction * (curvature(s) - 2 * result.square);
  result.square_change = -result.slope_change / (contact - s);
  finish(result, z, reach, s);
  return result;
}

}  // namespace robust_features
