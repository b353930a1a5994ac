#include "engine/certificate_leaf.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/certificate_ascent.hpp"

namespace robust_features {

namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

}  // namespace

LeafBounder::LeafBounder(const ClassPair& pair, const ConvexActivation& activation, double radius)
    : pair_(pair),
      activation_(activation),
      radius_(radius * pair.stretch * (1 + 8 * kUnitRoundoff)),
      z_(pair.terms),
      reach_(pair.terms),
      relaxations_(pair.terms),
      active_(pair.terms),
      first_moment_(pair.terms),
      second_moment_(pair.terms),
      along_(pair.terms),
      ball_(pair.dimension) {
  for (std::size_t r = 0; r < pair.terms; ++r) {
    reach_[r] = radius_ * pair.norms[r] * (1 + 8 * kUnitRoundoff);
  }
}

void LeafBounder::set_patch(const double* preactivations, double ridge) {
  std::copy_n(preactivations, pair_.terms, z_.data());
  ridge_ = ridge;
}

Leaf LeafBounder::root() const {
  Leaf leaf;
  leaf.high = reach_;
  leaf.low.resize(pair_.terms);
  for (std::size_t r = 0; r < pair_.terms; ++r) leaf.low[r] = -reach_[r];
  leaf.parameter.assign(pair_.terms, 0);
  leaf.multiplier.assign(pair_.terms, 0);
  leaf.cut.assign(pair_.terms, false);
  leaf.bound = interval_bound(leaf);
  return leaf;
}

double LeafBounder::interval_bound(const Leaf& leaf) const {
  double sum = 0, terms = 0;
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    const double z = z_[r] + (pair_.is_own(r) ? leaf.low[r] : leaf.high[r]);
    const double value = activation_.value(z);
    const double reach = std::abs(z_[r]) + std::max(std::abs(leaf.low[r]), std::abs(leaf.high[r]));
    sum += pair_.is_own(r) ? value : -value;
    terms += value + activation_.slope(z) * reach;
  }
  const double bound =
      sum - (activation_.rounding() + static_cast<double>(pair_.terms) * kUnitRoundoff) * terms -
      1e-280;
  return std::isfinite(bound) ? bound : kNothing;
}

void LeafBounder::relax(const Leaf& leaf) {
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    // NaN, of a product that overflows, counts as active: it then makes the bound NaN.
    active_[r] = !(z_[r] + leaf.high[r] <= -1e-9 * (std::abs(z_[r]) + leaf.high[r]));
    if (!active_[r]) continue;
    relaxations_[r] = pair_.is_own(r)
                          ? activation_.below(z_[r], leaf.low[r], leaf.high[r], leaf.parameter[r])
                          : activation_.above(z_[r], leaf.low[r], leaf.high[r], leaf.parameter[r]);
  }
}

double LeafBounder::evaluate(Leaf& leaf) {
  relax(leaf);
  const std::size_t n = pair_.dimension;
  double* matrix = ball_.matrix();
  double* linear = ball_.linear();
  std::fill_n(matrix, n * n, 0.0);
  std::fill_n(linear, n, 0.0);
  double constant = 0, magnitude = 0, slack = 0, slopes = 0, squares = 0;
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    if (!active_[r]) continue;
    const Relaxation& p = relaxations_[r];
    const double sign = pair_.is_own(r) ? 1 : -1;
    double c = sign * (p.value - p.center * (p.slope - p.square * p.center));
    double b = sign * (p.slope - 2 * p.square * p.center);
    double h = sign * 2 * p.square;
    slack += p.slack;
    magnitude += std::abs(p.value) + std::abs(p.center) * (p.slope + std::abs(p.square * p.center));
    if (const double mu = leaf.multiplier[r]; mu > 0) {
      const double product = mu * leaf.low[r] * leaf.high[r];
      c += product;
      b -= mu * (leaf.low[r] + leaf.high[r]);
      h += 2 * mu;
      magnitude += std::abs(product) +
                   mu * (std::abs(leaf.low[r]) + std::abs(leaf.high[r]) + reach_[r]) * reach_[r];
    }
    constant += c;
    slopes += (std::abs(p.slope) + 2 * std::abs(p.square * p.center)) * reach_[r];
    squares += (2 * std::abs(p.square)) * reach_[r] * reach_[r];
    const double* filter = pair_.filters.data() + r * n;
    for (std::size_t i = 0; i < n; ++i) {
      linear[i] += b * filter[i];
      const double scaled = h * filter[i];
      for (std::size_t k = 0; k <= i; ++k) matrix[i * n + k] += scaled * filter[k];
    }
  }
  const double operations = 8 * static_cast<double>(pair_.terms + n + 16) * kUnitRoundoff;
  const double below = ball_.minimize(radius_, ridge_);
  const double bound =
      constant + below - slack -
      operations * (magnitude + slopes + squares + std::abs(constant) + std::abs(below)) - 1e-280;
  moments();
  return std::isfinite(bound) ? bound : kNothing;
}

void LeafBounder::moments() {
  const std::size_t n = pair_.dimension;
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    const double* filter = pair_.filters.data() + r * n;
    double at = 0, along = 0;
    for (std::size_t i = 0; i < n; ++i) {
      at += filter[i] * ball_.point()[i];
      along += filter[i] * ball_.direction()[i];
    }
    first_moment_[r] = at;
    along_[r] = along;
    second_moment_[r] = at * at + (ball_.spread() > 0 ? ball_.spread() * along * along : 0);
  }
}

// Of the bound in the variables: parameters of the terms, then multipliers of the cut ones.
void LeafBounder::gradient(const Leaf& leaf, std::vector<double>& out) const {
  const std::size_t m = pair_.terms;
  out.assign(2 * m, 0);
  for (std::size_t r = 0; r < m; ++r) {
    if (!active_[r]) continue;
    const double t = first_moment_[r], tt = second_moment_[r];
    const Relaxation& p = relaxations_[r];
    const double c = p.center;
    const double change = p.slope_change * (t - c) + p.square_change * (tt - 2 * c * t + c * c);
    out[r] = pair_.is_own(r) ? change : -change;
    if (leaf.cut[r]) {
      out[m + r] = tt - (leaf.low[r] + leaf.high[r]) * t + leaf.low[r] * leaf.high[r];
    }
  }
}

LeafBounder::Variables LeafBounder::variables(const Leaf& leaf) const {
  const std::size_t m = pair_.terms;
  Variables result{std::vector<double>(2 * m), std::vector<double>(2 * m),
                   std::vector<double>(2 * m)};
  double stiffness = 0;
  for (std::size_t r = 0; r < m; ++r) {
    if (active_[r]) {
      stiffness = std::max(stiffness, std::abs(relaxations_[r].square) * reach_[r] * reach_[r]);
    }
  }
  for (std::size_t r = 0; r < m; ++r) {
    ParameterRange range{leaf.low[r], leaf.high[r]};
    if (!pair_.is_own(r)) range = activation_.range_above(z_[r], leaf.low[r], leaf.high[r]);
    result.low[r] = range.low;
    result.high[r] = std::max(range.low, range.high);
    result.scale[r] = result.high[r] - result.low[r];
    result.high[m + r] = leaf.cut[r] ? std::numeric_limits<double>::infinity() : 0;
    result.scale[m + r] = stiffness / (reach_[r] * reach_[r]);
  }
  return result;
}

std::size_t LeafBounder::improve(Leaf& leaf, std::size_t evaluations) {
  const std::size_t m = pair_.terms;
  leaf.improved = true;
  if (evaluations == 0) return 0;
  const double before = leaf.bound;
  Leaf trial = leaf;
  const auto read = [&](const std::vector<double>& from) {
    std::copy_n(from.begin(), m, trial.parameter.begin());
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(m), m, trial.multiplier.begin());
  };
  std::vector<double> start(leaf.parameter);
  start.insert(start.end(), leaf.multiplier.begin(), leaf.multiplier.end());
  relax(leaf);
  const Variables box = variables(leaf);
  Ascent ascent(box.low, box.high, box.scale);
  const auto objective = [&](const std::vector<double>& at, std::vector<double>& slopes) {
    read(at);
    const double value = evaluate(trial);
    gradient(trial, slopes);
    return value;
  };
  // The best tangent of an own term is at the minimiser, so the first step goes there.
  const auto jump = [&](std::vector<double>& at) {
    for (std::size_t r = 0; r < m; ++r) {
      if (pair_.is_own(r)) at[r] = first_moment_[r];
    }
  };
  const Ascent::Result best = ascent.run(start, evaluations, objective, jump);
  if (best.value > leaf.bound || before == kNothing) {
    read(best.at);
    leaf.parameter = trial.parameter;
    leaf.multiplier = trial.multiplier;
    leaf.bound = std::max(leaf.bound, best.value);
  }
  return best.evaluations;
}

double LeafBounder::value_at(const double* x, std::vector<double>& slopes) const {
  const std::size_t n = pair_.dimension;
  double value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    slopes[i] = ridge_ * x[i];
    value += 0.5 * ridge_ * x[i] * x[i];
  }
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    const double* filter = pair_.filters.data() + r * n;
    double z = z_[r];
    for (std::size_t i = 0; i < n; ++i) z += filter[i] * x[i];
    if (z <= 0) continue;
    const double sign = pair_.is_own(r) ? 1 : -1;
    value += sign * activation_.value(z);
    const double slope = sign * activation_.slope(z);
    for (std::size_t i = 0; i < n; ++i) slopes[i] += slope * filter[i];
  }
  return value;
}

double LeafBounder::attained() {
  const std::size_t n = pair_.dimension;
  constexpr int kSteps = 8;
  std::vector<double> x(ball_.point(), ball_.point() + n), slopes(n);
  const double along = std::sqrt(ball_.spread());
  for (std::size_t i = 0; i < n; ++i) x[i] += along * ball_.direction()[i];
  double best = std::numeric_limits<double>::infinity();
  for (int step = 0; step <= kSteps; ++step) {
    double norm = 0;
    for (const double entry : x) norm += entry * entry;
    norm = std::sqrt(norm);
    if (norm > radius_) {
      for (double& entry : x) entry *= radius_ / norm;
    }
    best = std::min(best, value_at(x.data(), slopes));
    double length = 0;
    for (const double slope : slopes) length += slope * slope;
    if (!(length > 0)) break;
    const double size =
        radius_ * 0.7 * (1 - static_cast<double>(step) / (kSteps + 1)) / std::sqrt(length);
    for (std::size_t i = 0; i < n; ++i) x[i] -= size * slopes[i];
  }
  return best;
}

// Bounds on every t_r over the ball and the slab of one term; false where nothing is left.
bool LeafBounder::tighten(Leaf& leaf, std::size_t term) const {
  const double norm = pair_.norms[term];
  if (!(norm > 0)) return true;
  const double error = 64 * static_cast<double>(pair_.dimension + 8) * kUnitRoundoff;
  const double from = std::max(leaf.low[term] / norm - error * radius_, -radius_);
  const double to = std::min(leaf.high[term] / norm + error * radius_, radius_);
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    if (r == term) continue;
    const double length = pair_.norms[r];
    const double along = pair_.gram[r * pair_.terms + term] / norm;
    const double across =
        std::sqrt(std::max(0.0, length * length - along * along) + error * length * length);
    const auto largest = [&](double slope, double low, double high) {
      const double peak = length > 0 ? radius_ * slope / length : 0;
      if (low <= peak && peak <= high) return radius_ * length;
      const double nearest = peak < low ? low : high;
      const double rest = std::sqrt(std::max(0.0, radius_ * radius_ - nearest * nearest) +
                                    error * radius_ * radius_);
      return slope * nearest + across * rest;
    };
    const double margin = 2 * error * reach_[r];
    leaf.high[r] = std::min(leaf.high[r], largest(along, from, to) + margin);
    leaf.low[r] = std::max(leaf.low[r], -largest(-along, from, to) - margin);
    if (leaf.low[r] > leaf.high[r]) return false;
  }
  return true;
}

void LeafBounder::cut_at(Leaf& leaf, std::size_t term, double low, double high,
                         std::vector<Leaf>& parts) const {
  Leaf part = leaf;
  part.low[term] = low;
  part.high[term] = high;
  part.cut[term] = true;
  part.improved = false;
  if (!tighten(part, term)) return;
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    if (pair_.is_own(r))
      part.parameter[r] = std::clamp(part.parameter[r], part.low[r], part.high[r]);
  }
  part.bound = std::max(leaf.bound, interval_bound(part));
  parts.push_back(std::move(part));
}

std::vector<Leaf> LeafBounder::split(Leaf& leaf) {
  evaluate(leaf);
  std::size_t worst = 0;
  double largest = -1;
  const double along = std::sqrt(ball_.spread());
  for (std::size_t r = 0; r < pair_.terms; ++r) {
    if (!active_[r] || !(leaf.high[r] - leaf.low[r] > 1e-6 * reach_[r])) continue;
    const Relaxation& p = relaxations_[r];
    double gap = 0;
    for (const double side : {-1.0, 1.0}) {
      const double t =
          std::clamp(first_moment_[r] + side * along * along_[r], leaf.low[r], leaf.high[r]);
      const double h = t - p.center;
      gap += std::abs(p.value + p.slope * h + p.square * h * h - activation_.value(z_[r] + t));
    }
    if (gap > largest) {
      largest = gap;
      worst = r;
    }
  }
  std::vector<Leaf> parts;
  if (largest < 0) return {leaf};
  const double low = leaf.low[worst], high = leaf.high[worst];
  const double at =
      std::clamp(first_moment_[worst], low + 0.3 * (high - low), high - 0.3 * (high - low));
  cut_at(leaf, worst, low, at, parts);
  cut_at(leaf, worst, at, high, parts);
  return parts;
}

}  // namespace robust_features
