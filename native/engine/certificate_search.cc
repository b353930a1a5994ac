#include "engine/certificate_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace robust_features {

namespace {

constexpr std::size_t kFirstEvaluations = 6;
constexpr std::size_t kEvaluations = 16;
constexpr std::size_t kPartEvaluations = 10;

bool higher(const Leaf& a, const Leaf& b) { return a.bound > b.bound; }

}  // namespace

double MarginSearch::Patch::bound() const {
  return leaves.empty() ? std::numeric_limits<double>::infinity() : leaves.front().bound;
}

MarginSearch::MarginSearch(const ClassPair& pair, const ConvexActivation& activation,
                           const std::vector<double>& preactivations, std::size_t patches,
                           double radius, const Cancellation& cancellation)
    : pair_(pair),
      preactivations_(preactivations),
      patches_count_(patches),
      radius_(radius * pair.stretch * (1 + 8 * kUnitRoundoff)),
      cancellation_(cancellation),
      bounder_(pair, activation, radius) {}

void MarginSearch::select(std::size_t patch) {
  bounder_.set_patch(preactivations_.data() + patch * pair_.terms, ridge_);
}

// Every patch from its own centre; where that already proves the sample, nothing else is needed.
void MarginSearch::start(double ridge) {
  ridge_ = ridge;
  patches_.assign(patches_count_, {});
  for (std::size_t p = 0; p < patches_count_ && !cancellation_.cancelled(); ++p) {
    select(p);
    Leaf leaf = bounder_.root();
    leaf.bound = std::max(leaf.bound, bounder_.evaluate(leaf));
    patches_[p].attained = std::numeric_limits<double>::infinity();
    patches_[p].leaves.push_back(std::move(leaf));
  }
}

// Patches resemble one another, so each starts from the parameters of the one before where those do
// better than its own centre.
void MarginSearch::improve_roots() {
  const std::vector<double>* previous = nullptr;
  for (Patch& patch : patches_) {
    if (cancellation_.cancelled()) return;
    select(static_cast<std::size_t>(&patch - patches_.data()));
    Leaf& leaf = patch.leaves.front();
    if (previous != nullptr) {
      Leaf other = leaf;
      other.parameter = *previous;
      other.bound = bounder_.evaluate(other);
      if (other.bound > leaf.bound) leaf = std::move(other);
    }
    bounder_.improve(leaf, kFirstEvaluations);
    leaf.improved = false;
    patch.attained = bounder_.attained();
    previous = &leaf.parameter;
  }
}

// Rounded down.
double MarginSearch::total(double ridge) const {
  const double rest = 0.5 * ridge * radius_ * radius_;
  double sum = -rest, magnitude = rest;
  for (const Patch& patch : patches_) {
    sum += patch.bound();
    magnitude += std::abs(patch.bound());
  }
  const double slack = 2 * static_cast<double>(patches_count_ + 8) * kUnitRoundoff * magnitude;
  return std::isnan(sum - slack) ? -std::numeric_limits<double>::infinity() : sum - slack;
}

void MarginSearch::work_on(std::size_t p) {
  Patch& patch = patches_[p];
  std::pop_heap(patch.leaves.begin(), patch.leaves.end(), higher);
  Leaf leaf = std::move(patch.leaves.back());
  patch.leaves.pop_back();
  const auto keep = [&](Leaf&& kept) {
    patch.leaves.push_back(std::move(kept));
    std::push_heap(patch.leaves.begin(), patch.leaves.end(), higher);
  };
  if (!leaf.improved) {
    spent_ += bounder_.improve(leaf, kEvaluations);
    patch.attained = std::min(patch.attained, bounder_.attained());
    return keep(std::move(leaf));
  }
  ++spent_;
  for (Leaf& part : bounder_.split(leaf)) {
    spent_ += bounder_.improve(part, kPartEvaluations);
    patch.attained = std::min(patch.attained, bounder_.attained());
    keep(std::move(part));
  }
}

double MarginSearch::search(double ridge, std::size_t effort) {
  using Entry = std::pair<double, std::size_t>;
  std::priority_queue<Entry> queue;
  const auto gap = [&](std::size_t p) { return patches_[p].attained - patches_[p].bound(); };
  double reached = 0;
  for (std::size_t p = 0; p < patches_count_; ++p) {
    queue.emplace(gap(p), p);
    reached += patches_[p].attained;
  }
  double sum = total(ridge);
  double best = sum;
  std::size_t until_exact = 0;
  while (best <= 0 && spent_ < effort && !queue.empty() && !cancellation_.cancelled()) {
    // No cut lifts the sum over what points of the balls attain with this ridge.
    if (reached <= 0.5 * ridge * radius_ * radius_) break;
    const std::size_t p = queue.top().second;
    if (!(queue.top().first > 0)) break;
    queue.pop();
    select(p);
    const double before = patches_[p].bound();
    reached -= patches_[p].attained;
    work_on(p);
    reached += patches_[p].attained;
    if (!patches_[p].leaves.empty()) queue.emplace(gap(p), p);
    sum += patches_[p].bound() - before;
    if (!(sum < 0) || ++until_exact == 64) {
      until_exact = 0;
      sum = total(ridge);
      best = std::max(best, sum);
    }
  }
  return std::max(best, total(ridge));
}

// At radius 0 the intervals are points.
double MarginSearch::clean_bound() {
  patches_.assign(patches_count_, {});
  for (std::size_t p = 0; p < patches_count_; ++p) {
    select(p);
    patches_[p].leaves.push_back(bounder_.root());
  }
  return total(0);
}

double MarginSearch::bound_per_patch(std::size_t effort) {
  if (radius_ == 0) return clean_bound();
  start(0);
  if (const double bound = total(0); bound > 0 || cancellation_.cancelled()) return bound;
  improve_roots();
  return search(0, effort);
}

void MarginSearch::restart(double ridge, std::size_t evaluations) {
  ridge_ = ridge;
  for (std::size_t p = 0; p < patches_count_ && !cancellation_.cancelled(); ++p) {
    select(p);
    Leaf& leaf = patches_[p].leaves.front();
    leaf.bound = bounder_.root().bound;
    leaf.bound = std::max(leaf.bound, bounder_.evaluate(leaf));
    if (evaluations > 0) bounder_.improve(leaf, evaluations);
    leaf.improved = false;
    patches_[p].attained = bounder_.attained();
  }
}

// The bound is concave in the ridge for fixed parameters: a search over its logarithm, then better
// parameters at the best one.
double MarginSearch::bound_per_input(std::size_t effort) {
  if (radius_ == 0) return clean_bound();
  start(0);
  double best = total(0), best_ridge = 0;
  double scale = 0;
  for (std::size_t r = 0; r < pair_.terms; ++r) scale = std::max(scale, pair_.norms[r]);
  const auto attempt = [&](double ridge, std::size_t evaluations) {
    if (best > 0 || cancellation_.cancelled() || !std::isfinite(ridge)) return;
    restart(ridge, evaluations);
    if (const double now = total(ridge); now > best) {
      best = now;
      best_ridge = ridge;
    }
  };
  const double unit = scale / radius_;
  for (int exponent = 4; exponent >= -6; --exponent) attempt(unit * std::pow(10.0, exponent), 3);
  for (double factor = 3; factor > 1.1; factor = std::sqrt(factor)) {
    const double centre = best_ridge > 0 ? best_ridge : 1e-6 * unit;
    attempt(centre * factor, 4);
    attempt(centre / factor, 4);
  }
  if (best > 0 || cancellation_.cancelled()) return best;
  restart(best_ridge, kEvaluations);
  return std::max(best, search(best_ridge, effort));
}

}  // namespace robust_features
