#include "kernels/ball.hpp"

#include <cmath>
#include <limits>

#include "test/check.hpp"
#include "test/numbers.hpp"

namespace {

using namespace robust_features;
using test::Guarded;
using test::kSizes;
using test::random_numbers;

template <class Body>
void in_both_precisions(const Body& body) {
  body(float{});
  body(double{});
}

TEST_CASE(projection_never_leaves_the_ball_and_is_idempotent) {
  in_both_precisions([]<class T>(T) {
    for (const Norm norm : {Norm::l2, Norm::linf}) {
      for (const std::size_t n : kSizes) {
        for (const double scale : {1e-20, 1.0, 1e15}) {
          for (const double radius : {0.0, 0.3, 0.1 + 0.2, 1e6}) {
            Guarded<T> x(random_numbers<T>(n, n + 1, scale));
            project_to_ball(norm, radius, x.data(), n);
            CHECK(ball_norm(norm, x.data(), n) <= radius);
            const std::vector<T> once(x.data(), x.data() + n);
            project_to_ball(norm, radius, x.data(), n);
            CHECK(std::equal(once.begin(), once.end(), x.data()));
            CHECK(x.intact());
          }
        }
      }
    }
  });
}

TEST_CASE(projection_leaves_the_inside_alone) {
  in_both_precisions([]<class T>(T) {
    for (const std::size_t n : kSizes) {
      std::vector<T> x = random_numbers<T>(n, n + 2);
      const std::vector<T> before = x;
      for (const Norm norm : {Norm::l2, Norm::linf}) {
        project_to_ball(norm, ball_norm(norm, x.data(), n), x.data(), n);
        CHECK(x == before);
      }
    }
  });
}

TEST_CASE(tiny_gradients_move_a_full_step) {
  in_both_precisions([]<class T>(T) {
    for (const double size : {1e-30, 1e-37, static_cast<double>(std::numeric_limits<T>::min())}) {
      const T gradient[] = {static_cast<T>(size), 0};
      for (const Norm norm : {Norm::l2, Norm::linf}) {
        T perturbation[] = {0, 0};
        ascend_in_ball(Rule::normalized, norm, 10.0, 2.5, gradient, perturbation, 2);
        CHECK_NEAR(perturbation[0], 2.5, 1e-6);
        CHECK_EQUAL(perturbation[1], T(0));
      }
    }
  });
}

TEST_CASE(zero_and_non_finite_gradients_move_nothing) {
  in_both_precisions([]<class T>(T) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    const T infinity = std::numeric_limits<T>::infinity();
    for (const T bad : {T(0), nan, infinity, -infinity}) {
      for (std::size_t place = 0; place < 9; ++place) {
        std::vector<T> gradient(9, bad == 0 ? T(0) : T(1));
        gradient[place] = bad;
        for (const Rule rule : {Rule::gradient, Rule::normalized}) {
          std::vector<T> perturbation(9, T(0.125));
          const std::vector<T> before = perturbation;
          ascend_in_ball(rule, Norm::l2, 10.0, 0.5, gradient.data(), perturbation.data(), 9);
          CHECK(perturbation == before);
        }
      }
    }
  });
}

TEST_CASE(norms_neither_overflow_nor_vanish) {
  const double large[] = {1e200, -1e200}, small[] = {1e-200, 1e-200};
  CHECK_NEAR(l2_norm(large, 2) / 1e200, std::sqrt(2.0), 1e-15);
  CHECK_NEAR(l2_norm(small, 2) / 1e-200, std::sqrt(2.0), 1e-15);
  const float largest[] = {3e38F, 3e38F};
  CHECK_NEAR(l2_norm(largest, 2) / 3e38, std::sqrt(2.0), 1e-7);
  CHECK_EQUAL(l2_norm(static_cast<const float*>(nullptr), 0), 0.0);
  CHECK_EQUAL(l2_norm(static_cast<const double*>(nullptr), 0), 0.0);
}

}  // namespace
