#pragma once

#include <cstddef>
#include <vector>

namespace robust_features {

// Lower bounds of bᵀx + ½ xᵀHx + ½ ridge ‖x‖² on ‖x‖ ≤ radius, H symmetric and perhaps indefinite,
// by the multiplier λ of the ball; the best λ makes it exact (S-lemma). Any λ and any x give a
// bound that holds: H + (ridge + λ) I is proved positive semidefinite by a Cholesky factorisation
// that leaves room for its rounding (Rump 2006), and a convex function lies above its tangent at x.
class BallQuadratic {
 public:
  explicit BallQuadratic(std::size_t dimension);

  std::size_t dimension() const { return n_; }
  // To be filled before `minimize`: H row by row (the lower triangle is read) and b.
  double* matrix() { return h_.data(); }
  double* linear() { return b_.data(); }

  // A proven lower bound, −∞ where none was found; starts from the last λ.
  double minimize(double radius, double ridge);

  // The relaxed minimiser, and where it lies inside the ball with λ > 0 the second moment that is
  // missing on the sphere: E[x xᵀ] = x xᵀ + spread v vᵀ.
  const double* point() const { return x_.data(); }
  const double* direction() const { return v_.data(); }
  double spread() const { return spread_; }

 private:
  bool factor(double diagonal);
  void solve(const double* right, double* solution) const;
  void forward_solve(double* vector) const;
  double smallest_eigenvalue();
  double bound(double lambda, double radius, double ridge) const;
  double choose_multiplier(double radius, double ridge);

  std::size_t n_;
  double lambda_ = 0, spread_ = 0;
  double matrix_norm_ = 0, linear_norm_ = 0, trace_ = 0;
  std::vector<double> h_, b_, factor_, inverse_diagonal_, x_, v_, scratch_;
};

}  // namespace robust_features
