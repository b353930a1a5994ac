#include "engine/certificate_ball.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/certificate_activation.hpp"

namespace robust_features {

namespace {

double squared_norm(const double* vector, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += vector[i] * vector[i];
  return sum;
}

constexpr int kMultiplierSteps = 24;
// Of the dual value that further steps could gain.
constexpr double kMultiplierTolerance = 1e-5;

}  // namespace

BallQuadratic::BallQuadratic(std::size_t dimension)
    : n_(dimension),
      h_(dimension * dimension),
      b_(dimension),
      factor_(dimension * dimension),
      inverse_diagonal_(dimension),
      x_(dimension),
      v_(dimension),
      scratch_(dimension) {}

// Cholesky of H + diagonal I; false where a pivot is not positive.
bool BallQuadratic::factor(double diagonal) {
  for (std::size_t i = 0; i < n_; ++i) {
    double* row = factor_.data() + i * n_;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = factor_.data() + j * n_;
      double sum = h_[i * n_ + j] + (i == j ? diagonal : 0.0);
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k];
      if (i != j) {
        row[j] = sum * inverse_diagonal_[j];
      } else {
        if (!(sum > 0) || !std::isfinite(sum)) return false;
        row[i] = std::sqrt(sum);
        inverse_diagonal_[i] = 1 / row[i];
      }
    }
  }
  return true;
}

void BallQuadratic::forward_solve(double* vector) const {
  for (std::size_t i = 0; i < n_; ++i) {
    double sum = vector[i];
    for (std::size_t k = 0; k < i; ++k) sum -= factor_[i * n_ + k] * vector[k];
    vector[i] = sum * inverse_diagonal_[i];
  }
}

void BallQuadratic::solve(const double* right, double* solution) const {
  if (solution != right) std::copy_n(right, n_, solution);
  forward_solve(solution);
  for (std::size_t i = n_; i-- > 0;) {
    solution[i] *= inverse_diagonal_[i];
    for (std::size_t k = 0; k < i; ++k) solution[k] -= factor_[i * n_ + k] * solution[i];
  }
}

// By inverse iteration on the last factorisation; its direction stays in v.
double BallQuadratic::smallest_eigenvalue() {
  if (squared_norm(v_.data(), n_) == 0) {
    for (std::size_t i = 0; i < n_; ++i) v_[i] = 1.0 + 0.1 * static_cast<double>(i % 7);
  }
  double growth = 1;
  for (int step = 0; step < 3; ++step) {
    const double before = std::sqrt(squared_norm(v_.data(), n_));
    for (double& entry : v_) entry /= before;
    solve(v_.data(), v_.data());
    growth = std::sqrt(squared_norm(v_.data(), n_));
  }
  for (double& entry : v_) entry /= growth;
  return 1 / growth;
}

// φ(x) − ‖∇φ(x)‖ (radius + ‖x‖) for φ = the quadratic + ½ λ (‖x‖² − radius²), less what rounding
// may add.
double BallQuadratic::bound(double lambda, double radius, double ridge) const {
  double value = 0, gradient = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    double product = 0;
    for (std::size_t k = 0; k <= i; ++k) product += h_[i * n_ + k] * x_[k];
    for (std::size_t k = i + 1; k < n_; ++k) product += h_[k * n_ + i] * x_[k];
    value += x_[i] * (b_[i] + 0.5 * product);
    const double slope = b_[i] + product + (ridge + lambda) * x_[i];
    gradient += slope * slope;
  }
  const double norm = std::sqrt(squared_norm(x_.data(), n_));
  const double operations = 8 * static_cast<double>(n_ + 16) * kUnitRoundoff;
  const double reach = radius + norm;
  const double terms = linear_norm_ + (matrix_norm_ + ridge + lambda) * reach;
  return value + 0.5 * ridge * norm * norm + 0.5 * lambda * (norm * norm - radius * radius) -
         std::sqrt(gradient) * reach * (1 + operations) - operations * terms * reach - 1e-280;
}

// The smallest λ ≥ 0 with H + (ridge + λ) I positive definite and ‖x(λ)‖ ≤ radius, by safeguarded
// Newton steps on 1/‖x‖ (Moré and Sorensen); −1 where none is found. Leaves x and the spread.
double BallQuadratic::choose_multiplier(double radius, double ridge) {
  double low = 0;
  double high = matrix_norm_ * (1 + 1e-9) + linear_norm_ / radius;
  double lambda = std::min(lambda_, high);
  double found = -1;
  double stride = 0.1;
  for (int step = 0; step < kMultiplierSteps; ++step) {
    if (!factor(ridge + lambda)) {
      low = std::max(low, lambda);
      lambda = low + (found >= 0 ? 0.25 : stride) * (high - low);
      stride = std::min(1.0, 1.5 * stride);
      if (!(lambda > low)) lambda = high;
      continue;
    }
    for (std::size_t i = 0; i < n_; ++i) x_[i] = -b_[i];
    solve(x_.data(), x_.data());
    const double norm = std::sqrt(squared_norm(x_.data(), n_));
    found = lambda;
    spread_ = 0;
    if (norm > radius * (1 + 1e-7)) {
      low = std::max(low, lambda);
    } else {
      high = std::min(high, lambda);
      if (lambda == 0) break;
      spread_ = std::max(0.0, radius * radius - norm * norm);
    }
    if (std::abs(norm - radius) <= 1e-6 * radius) break;
    std::copy_n(x_.data(), n_, scratch_.data());
    forward_solve(scratch_.data());
    const double decay = squared_norm(scratch_.data(), n_);
    double next = decay > 0 ? lambda + norm * norm / decay * (norm - radius) / radius : 0;
    if (norm < radius) {
      const double eigenvalue = smallest_eigenvalue();
      const double gain = std::min(eigenvalue, lambda) * (radius * radius - norm * norm);
      if (gain <= kMultiplierTolerance * radius * (lambda * radius + 1e-3 * linear_norm_)) {
        break;
      }
      next = std::max({next, lambda - eigenvalue * (1 - 1e-4), 0.0});
    }
    if (!(next > low || (next == 0 && low == 0)) || !(next < high)) next = 0.5 * (low + high);
    if (next == lambda) break;
    lambda = next;
  }
  return found;
}

double BallQuadratic::minimize(double radius, double ridge) {
  constexpr double kNothing = -std::numeric_limits<double>::infinity();
  linear_norm_ = std::sqrt(squared_norm(b_.data(), n_));
  double squares = 0;
  trace_ = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    for (std::size_t k = 0; k < i; ++k) squares += 2 * h_[i * n_ + k] * h_[i * n_ + k];
    squares += h_[i * n_ + i] * h_[i * n_ + i];
    trace_ += std::abs(h_[i * n_ + i]);
  }
  matrix_norm_ = std::sqrt(squares) * (1 + 1e-12);
  if (!std::isfinite(matrix_norm_) || !std::isfinite(linear_norm_)) return kNothing;
  const double lambda = choose_multiplier(radius, ridge);
  if (lambda < 0) return kNothing;
  lambda_ = lambda;
  const double n = static_cast<double>(n_);
  const double shift = 4 * (n + 4) * kUnitRoundoff * (trace_ + n * (ridge + lambda)) + 1e-280;
  const double result = bound(lambda + shift, radius, ridge);
  return std::isfinite(result) ? result : kNothing;
}

}  // namespace robust_features
