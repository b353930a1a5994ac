#include "engine/certificate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <thread>
#include <vector>

#include "engine/certificate_activation.hpp"
#include "engine/certificate_ball.hpp"
#include "engine/certificate_leaf.hpp"
#include "engine/certificate_pair.hpp"
#include "test/check.hpp"
#include "test/numbers.hpp"
#include "test/problem.hpp"

namespace {

using namespace robust_features;

std::vector<Activation<double>> activations() {
  std::vector<Activation<double>> result = {{ActivationKind::relu, 2, 1.0}};
  for (const int power : {2, 3, 5}) {
    result.push_back({ActivationKind::polynomial, power, 1.0});
    result.push_back({ActivationKind::smoothed_relu, power, 0.7});
    result.push_back({ActivationKind::smoothed_relu, power, 4.0});
  }
  return result;
}

double at(const Relaxation& p, double t) {
  return p.value + p.slope * (t - p.center) + p.square * (t - p.center) * (t - p.center);
}

// z, half width and parameter share over the flat part, the curve, the bend and beyond.
template <class Body>
void for_intervals(const Body& body) {
  for (const double z : {-3.0, -0.4, 0.0, 0.3, 0.69, 2.0, 3.9, 7.0}) {
    for (const double low : {-4.0, -0.5, -1e-3, 0.1}) {
      for (const double width : {1e-6, 0.01, 0.6, 2.0, 9.0}) {
        for (int share = 0; share <= 20; ++share) body(z, low, low + width, share / 20.0);
      }
    }
  }
}

TEST_CASE(quadratics_stay_on_their_side_on_the_whole_interval) {
  for (const Activation<double>& which : activations()) {
    const ConvexActivation activation(which);
    for_intervals([&](double z, double low, double high, double share) {
      const Relaxation below = activation.below(z, low, high, low + share * (high - low));
      const ParameterRange range = activation.range_above(z, low, high);
      const Relaxation above =
          activation.above(z, low, high, range.low + share * (range.high - range.low));
      const double scale = activation.value(z + high) + activation.value(z + low);
      CHECK(below.slack <= 1e-6 * (1 + scale) && above.slack <= 1e-6 * (1 + scale));
      for (int i = 0; i <= 50; ++i) {
        const double t = low + (high - low) * i / 50;
        const double value = activation.value(z + t);
        CHECK(at(below, t) <= value + below.slack);
        CHECK(at(above, t) >= value - above.slack);
      }
    });
  }
}

TEST_CASE(below_and_left_of_its_range_is_the_tangent_at_the_left_end) {
  for (const Activation<double>& which : activations()) {
    if (which.kind == ActivationKind::relu) continue;
    const ConvexActivation activation(which);
    for_intervals([&](double z, double low, double high, double) {
      const Relaxation below = activation.below(z, low, high, low - 0.3);
      CHECK(below.square == 0);
      CHECK_NEAR(at(below, low), activation.value(z + low), 1e-9 * (1 + activation.value(z + low)));
    });
  }
}

TEST_CASE(quadratics_touch_the_activation) {
  for (const Activation<double>& which : activations()) {
    const ConvexActivation activation(which);
    for_intervals([&](double z, double low, double high, double share) {
      const ParameterRange range = activation.range_above(z, low, high);
      const Relaxation above =
          activation.above(z, low, high, range.low + share * (range.high - range.low));
      // Next to the kink the contact is narrower than the grid.
      if (share > 0.95) return;
      double distance = std::numeric_limits<double>::infinity();
      double largest = 1e-12;
      for (int i = 0; i <= 2000; ++i) {
        const double t = low + (high - low) * i / 2000;
        distance = std::min(distance, at(above, t) - activation.value(z + t));
        largest = std::max(largest, activation.value(z + t));
      }
      CHECK(distance <= 1e-2 * largest);
    });
  }
}

TEST_CASE(changes_of_quadratics_are_derivatives) {
  const ConvexActivation activation({ActivationKind::smoothed_relu, 3, 4.0});
  constexpr double kStep = 1e-6;
  for (const double parameter : {-0.9, -0.2, 0.0, 0.3, 0.8}) {
    const auto check = [&](const auto& relax) {
      const Relaxation p = relax(parameter);
      for (const double t : {-0.7, 0.1, 1.4}) {
        const double numeric =
            (at(relax(parameter + kStep), t) - at(relax(parameter - kStep), t)) / (2 * kStep);
        const double h = t - p.center;
        CHECK_NEAR(p.slope_change * h + p.square_change * h * h, numeric, 1e-6);
      }
    };
    check([&](double s) { return activation.above(0.4, -1.5, 1.5, s); });
    check([&](double s) { return activation.below(0.4, -1.5, 1.5, s); });
  }
}

// b·x + ½ xᵀHx + ½ ridge ‖x‖² on a fine grid of the disc.
double least_on_disc(const std::vector<double>& h, const std::vector<double>& b, double radius,
                     double ridge) {
  double least = 0;
  for (int ring = 1; ring <= 100; ++ring) {
    for (int i = 0; i < 720; ++i) {
      const double angle = 2 * std::numbers::pi * i / 720;
      const double x = radius * ring / 100 * std::cos(angle);
      const double y = radius * ring / 100 * std::sin(angle);
      least = std::min(least, b[0] * x + b[1] * y +
                                  0.5 * (h[0] * x * x + 2 * h[2] * x * y + h[3] * y * y) +
                                  0.5 * ridge * (x * x + y * y));
    }
  }
  return least;
}

TEST_CASE(the_bound_on_a_ball_is_below_and_close) {
  for (std::size_t seed = 0; seed < 200; ++seed) {
    std::vector<double> numbers = test::random_numbers<double>(8, seed, 2);
    // Every fourth case has b = 0 and every third a definite H: the hard case and the interior one.
    std::vector<double> h = {numbers[0], numbers[1], numbers[1], numbers[2]};
    std::vector<double> b = {numbers[3], numbers[4]};
    if (seed % 4 == 0) b = {0, 0};
    if (seed % 3 == 0) {
      h[0] += 3;
      h[3] += 3;
    }
    const double radius = 0.05 + std::abs(numbers[5]);
    const double ridge = seed % 2 == 0 ? 0 : std::abs(numbers[6]);
    BallQuadratic ball(2);
    std::copy(h.begin(), h.end(), ball.matrix());
    std::copy(b.begin(), b.end(), ball.linear());
    const double bound = ball.minimize(radius, ridge);
    const double least = least_on_disc(h, b, radius, ridge);
    const double scale = radius * (std::abs(b[0]) + std::abs(b[1])) + radius * radius * 10;
    CHECK(bound <= least);
    CHECK(bound >= least - 2e-3 * scale);
  }
}

TEST_CASE(a_class_pair_in_its_span_keeps_all_products) {
  const NetworkShape shape{3, 2, 9};
  std::vector<double> weights = test::random_numbers<double>(shape.weights(), 5, 1);
  // Two equal filters: the span is smaller than the number of terms.
  std::copy_n(weights.begin(), 9, weights.begin() + 9);
  const ClassPair pair(shape, weights.data(), 0, 2);
  CHECK_EQUAL(pair.dimension, std::size_t{3});
  CHECK(pair.stretch >= 1 && pair.stretch < 1 + 1e-12);
  for (std::size_t r = 0; r < pair.terms; ++r) {
    CHECK(pair.residuals[r] < 1e-12);
    for (std::size_t k = 0; k < pair.terms; ++k) {
      double product = 0;
      for (std::size_t i = 0; i < 9; ++i) {
        product += weights[pair.filter(r) * 9 + i] * weights[pair.filter(k) * 9 + i];
      }
      CHECK_NEAR(pair.gram[r * pair.terms + k], product, 1e-13);
    }
  }
}

TEST_CASE(the_parts_of_a_leaf_cover_it) {
  const NetworkShape shape{2, 3, 2};
  const std::vector<double> weights = test::random_numbers<double>(shape.weights(), 11, 1);
  const ClassPair pair(shape, weights.data(), 0, 1);
  const ConvexActivation activation({ActivationKind::smoothed_relu, 3, 0.5});
  LeafBounder bounder(pair, activation, 1);
  const std::vector<double> z = test::random_numbers<double>(pair.terms, 12, 1);
  bounder.set_patch(z.data(), 0);
  std::vector<Leaf> leaves = {bounder.root()};
  for (int cut = 0; cut < 12; ++cut) {
    Leaf first = leaves.front();
    leaves.erase(leaves.begin());
    for (Leaf& part : bounder.split(first)) leaves.push_back(std::move(part));
  }
  for (Leaf& leaf : leaves) bounder.improve(leaf, 10);
  CHECK(leaves.size() > 4);
  for (int ring = 0; ring <= 40; ++ring) {
    for (int i = 0; i < 360; ++i) {
      const double angle = 2 * std::numbers::pi * i / 360;
      const double x = ring / 40.0 * std::cos(angle), y = ring / 40.0 * std::sin(angle);
      double value = 0;
      std::vector<double> t(pair.terms);
      for (std::size_t r = 0; r < pair.terms; ++r) {
        t[r] = pair.filters[2 * r] * x + pair.filters[2 * r + 1] * y;
        value += (pair.is_own(r) ? 1 : -1) * activation.value(z[r] + t[r]);
      }
      const bool covered = std::any_of(leaves.begin(), leaves.end(), [&](const Leaf& leaf) {
        for (std::size_t r = 0; r < pair.terms; ++r) {
          if (t[r] < leaf.low[r] || t[r] > leaf.high[r]) return false;
        }
        return leaf.bound <= value;
      });
      CHECK(covered);
    }
  }
}

TEST_CASE(bounds_do_not_depend_on_the_number_of_threads) {
  const std::vector<double> weights = test::initial_weights<double>();
  const Network<double> network{test::kShape, test::smoothed_relu<double>(), weights.data()};
  const auto data = test::make_data<double>(7);
  for (const Norm norm : {Norm::l2, Norm::linf}) {
    const CertificateRequest request{norm, Budget::input, 0.2, 10};
    const auto bounds = [&](std::size_t threads) {
      ThreadTeam team(threads);
      return certify(network, *data, request, team, Cancellation());
    };
    const std::vector<double> alone = bounds(1);
    CHECK_EQUAL(alone.size(), data->samples);
    for (const std::size_t threads : {2, 3}) CHECK(bounds(threads) == alone);
  }
}

TEST_CASE(cancellation_ends_a_certificate) {
  const std::vector<double> weights = test::initial_weights<double>();
  const Network<double> network{test::kShape, test::smoothed_relu<double>(), weights.data()};
  Cancellation cancellation;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancellation.cancel();
  });
  // Seconds of work.
  const auto data = test::make_data<double>(20'000);
  ThreadTeam team(2);
  const std::vector<double> margins =
      certify(network, *data, {Norm::l2, Budget::input, 0.5, 1000}, team, cancellation);
  canceller.join();
  // What had not begun has no margin.
  CHECK(std::count(margins.begin(), margins.end(), -INFINITY) > 0);
}

}  // namespace
