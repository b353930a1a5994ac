#include "kernels/softmax.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "test/check.hpp"
#include "test/numbers.hpp"

namespace {

using namespace robust_features;

constexpr double kRelative = 1e-14;

TEST_CASE(cross_entropy_of_two_classes_in_closed_form) {
  for (const double margin : {-700.0, -300.0, -1.0, 0.0, 1.0, 20.0, 100.0, 300.0, 700.0}) {
    const std::vector<double> scores = {margin, 0};
    std::vector<double> direction(2);
    const Residual found = residual(LossKind::cross_entropy, scores, 0, direction);
    const double loss =
        margin > 0 ? std::log1p(std::exp(-margin)) : -margin + std::log1p(std::exp(margin));
    const double probability =
        margin > 0 ? std::exp(-margin) / (1 + std::exp(-margin)) : 1 / (1 + std::exp(margin));
    CHECK_NEAR(found.loss / loss, 1.0, kRelative);
    CHECK_NEAR(found.scale / probability, 1.0, kRelative);
    CHECK_EQUAL(found.margin, margin);
    CHECK_EQUAL(direction[0], -1.0);
    CHECK_EQUAL(direction[1], 1.0);
  }
}

TEST_CASE(residuals_are_gradients) {
  for (const LossKind kind : {LossKind::cross_entropy, LossKind::margin}) {
    for (std::size_t classes = 2; classes < 7; ++classes) {
      for (std::size_t label = 0; label < classes; ++label) {
        std::vector<double> scores = test::random_numbers<double>(classes, classes + label, 2);
        std::vector<double> direction(classes), unused(classes);
        const Residual found = residual(kind, scores, label, direction);
        double sum = 0;
        for (std::size_t j = 0; j < classes; ++j) {
          constexpr double kStep = 1e-6;
          const double score = scores[j];
          scores[j] = score + kStep;
          const double above = residual(kind, scores, label, unused).loss;
          scores[j] = score - kStep;
          const double below = residual(kind, scores, label, unused).loss;
          scores[j] = score;
          CHECK_NEAR(found.scale * direction[j], (above - below) / (2 * kStep), 1e-8);
          sum += direction[j];
        }
        CHECK_NEAR(sum, 0.0, 1e-14);
      }
    }
  }
}

TEST_CASE(the_margin_picks_the_first_of_equal_rivals) {
  const std::vector<double> scores = {1, 3, 3, 2};
  std::vector<double> direction(4);
  const Residual found = residual(LossKind::margin, scores, 0, direction);
  CHECK_EQUAL(found.margin, -2.0);
  CHECK(direction == std::vector<double>({-1, 1, 0, 0}));
}

TEST_CASE(scores_that_are_not_finite_give_nan) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const std::vector<double> scores = {0, bad, 1};
    std::vector<double> direction(3);
    const Residual found = residual(LossKind::cross_entropy, scores, 0, direction);
    CHECK(std::isnan(found.loss) && std::isnan(found.scale) && std::isnan(found.margin));
    for (const double entry : direction) CHECK(std::isnan(entry));
  }
}

}  // namespace
