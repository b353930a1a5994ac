#include <cmath>
#include <limits>
#include <utility>

#include "engine/products.hpp"
#include "test/check.hpp"
#include "test/kernel_tables.hpp"
#include "test/numbers.hpp"

// One step on coefficients against the same step on the d-dimensional perturbation, in double.
namespace {

using namespace robust_features;
using test::Guarded;
using test::random_numbers;
using test::with_every_table;

constexpr std::size_t kRows = 18, kFilters = 11, kColumns = 16, kDimension = 7;
constexpr double kStepSize = 0.3;

double sigma(double z) {
  const double t = std::min(std::max(z, 0.0), 1.0);
  return t * t * t / 3 + std::max(z - 1, 0.0);
}
double slope(double z) {
  const double t = std::min(std::max(z, 0.0), 1.0);
  return t * t;
}

struct Reference {
  std::vector<double> weights, perturbation, z;

  // Pre-activation of a filter on a row.
  double at(std::size_t row, std::size_t filter) const {
    double sum = z[row * kColumns + filter];
    for (std::size_t e = 0; e < kDimension; ++e)
      sum += perturbation[row * kDimension + e] * weights[filter * kDimension + e];
    return sum;
  }
};

double length_of(const std::vector<double>& x, std::size_t first, std::size_t count) {
  double sum = 0;
  for (std::size_t i = first; i < first + count; ++i) sum += x[i] * x[i];
  return std::sqrt(sum);
}

void ascend(Reference& reference, const std::vector<double>& residual, double surrogate_slope,
            bool normalized, double radius, std::size_t rows_per_ball) {
  std::vector<double> gradient(kRows * kDimension);
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t f = 0; f < kFilters; ++f) {
      const double d = std::max(slope(reference.at(row, f)), surrogate_slope) * residual[f];
      for (std::size_t e = 0; e < kDimension; ++e)
        gradient[row * kDimension + e] += d * reference.weights[f * kDimension + e];
    }
  }
  const std::size_t numbers = rows_per_ball * kDimension;
  for (std::size_t first = 0; first < gradient.size(); first += numbers) {
    const double length = length_of(gradient, first, numbers);
    if (length == 0) continue;
    const double factor = normalized ? kStepSize / length : kStepSize;
    for (std::size_t i = first; i < first + numbers; ++i)
      reference.perturbation[i] += factor * gradient[i];
    const double now = length_of(reference.perturbation, first, numbers);
    if (now <= radius) continue;
    for (std::size_t i = first; i < first + numbers; ++i) reference.perturbation[i] *= radius / now;
  }
}

template <class T>
std::vector<T> as(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

// Everything a step on rows that are balls of their own needs, without random starts.
template <class T>
struct Scene {
  Panels<T> panels{kFilters, kFilters};
  std::vector<T> z, residual;
  double residual_scale;
  Guarded<T> preactivations, coefficients, shift, direction, image;
  Guarded<double> square, sums;
  bool fresh = true;

  Scene(const std::vector<double>& weights, double scale)
      : z(as<T>(random_numbers<double>(kRows * kColumns, 3))),
        residual(kColumns),
        residual_scale(scale),
        preactivations(kRows * kColumns),
        coefficients(kRows * kColumns),
        shift(kRows * kColumns),
        direction(kRows * kColumns),
        image(kRows * kColumns),
        square(kRows),
        sums(kColumns) {
    std::vector<T> gram(kFilters * kFilters);
    for (std::size_t f = 0; f < kFilters; ++f) {
      for (std::size_t g = 0; g < kFilters; ++g) {
        double sum = 0;
        for (std::size_t e = 0; e < kDimension; ++e)
          sum += weights[f * kDimension + e] * weights[g * kDimension + e];
        gram[f * kFilters + g] = static_cast<T>(sum);
      }
    }
    panels.pack(gram.data(), kFilters, 1);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t f = kFilters; f < kColumns; ++f) z[row * kColumns + f] = 0;
    }
  }

  void draw_residual(std::uint64_t seed) {
    residual = as<T>(random_numbers<double>(kColumns, seed, residual_scale));
    for (std::size_t f = kFilters; f < kColumns; ++f) residual[f] = 0;
  }
  SpanAscent<T> ascent(bool normalized, double surrogate_slope, double size, double radius) const {
    return {{ActivationKind::smoothed_relu, 3, T(1)},
            static_cast<T>(surrogate_slope),
            normalized,
            size,
            radius,
            1e9,
            kFilters,
            kColumns,
            panels.data()};
  }
  // The next step's; the first one is fresh.
  SpanBlock<T> block() {
    const bool first = std::exchange(fresh, false);
    return {kRows,
            1,
            z.data(),
            residual.data(),
            first ? z.data() : preactivations.data(),
            preactivations.data(),
            coefficients.data(),
            shift.data(),
            first,
            square.data(),
            nullptr,
            nullptr,
            direction.data(),
            image.data()};
  }
};

template <class T>
void check_step(const KernelTable<T>& table, bool normalized, bool started, std::size_t balls,
                double surrogate_slope, double scale) {
  const std::size_t rows_per_ball = kRows / balls;
  const double radius = 0.25 * std::sqrt(static_cast<double>(rows_per_ball));
  Reference reference{random_numbers<double>(kFilters * kDimension, 1),
                      std::vector<double>(kRows * kDimension), std::vector<double>()};
  if (started) reference.perturbation = random_numbers<double>(kRows * kDimension, 2, 0.05);
  reference.z = random_numbers<double>(kRows * kColumns, 3);
  std::vector<double> residual = random_numbers<double>(kColumns, 4, scale);
  for (std::size_t f = kFilters; f < kColumns; ++f) {
    residual[f] = 0;
    for (std::size_t row = 0; row < kRows; ++row) reference.z[row * kColumns + f] = 0;
  }

  std::vector<double> gram(kFilters * kFilters), image_of_start(kRows * kColumns), squares(balls);
  for (std::size_t f = 0; f < kFilters; ++f) {
    for (std::size_t g = 0; g < kFilters; ++g) {
      for (std::size_t e = 0; e < kDimension; ++e)
        gram[f * kFilters + g] +=
            reference.weights[f * kDimension + e] * reference.weights[g * kDimension + e];
    }
    for (std::size_t row = 0; row < kRows; ++row)
      image_of_start[row * kColumns + f] = reference.at(row, f) - reference.z[row * kColumns + f];
  }
  for (std::size_t ball = 0; ball < balls; ++ball) {
    const double length = length_of(reference.perturbation, ball * rows_per_ball * kDimension,
                                    rows_per_ball * kDimension);
    squares[ball] = length * length;
  }
  const std::vector<T> gram_in_t = as<T>(gram), z = as<T>(reference.z),
                       start_image = as<T>(image_of_start), residual_in_t = as<T>(residual);
  Panels<T> panels(kFilters, kFilters);
  panels.pack(gram_in_t.data(), kFilters, 1);
  Guarded<T> preactivations(z), coefficients(kRows * kColumns), shift(kRows * kColumns),
      direction(kRows * kColumns), image(kRows * kColumns),
      start_scale(std::vector<T>(balls, T(1)));
  Guarded<double> square(squares);
  for (std::size_t i = 0; i < z.size(); ++i) preactivations[i] += start_image[i];
  Guarded<double> sums(kColumns);
  const SpanAscent<T> ascent{{ActivationKind::smoothed_relu, 3, T(1)},
                             static_cast<T>(surrogate_slope),
                             normalized,
                             kStepSize,
                             radius,
                             1e9,
                             kFilters,
                             kColumns,
                             panels.data()};
  SpanBlock<T> block{kRows,
                     rows_per_ball,
                     z.data(),
                     residual_in_t.data(),
                     started ? preactivations.data() : z.data(),
                     preactivations.data(),
                     coefficients.data(),
                     shift.data(),
                     true,
                     square.data(),
                     started ? start_image.data() : nullptr,
                     started ? start_scale.data() : nullptr,
                     direction.data(),
                     image.data()};
  for (int step = 0; step < 3; ++step) {
    CHECK(table.span_ascend(ascent, block, sums.data()));
    block.before = preactivations.data();
    block.fresh = false;
    ascend(reference, residual, surrogate_slope, normalized, radius, rows_per_ball);
    // A slope next to a kink may be on its other side in T; the steps stay apart by little.
    const double tolerance = 2000 * static_cast<double>(std::numeric_limits<T>::epsilon());
    std::vector<double> expected_sums(kColumns);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t f = 0; f < kFilters; ++f) {
        double found = static_cast<double>(z[row * kColumns + f]) +
                       static_cast<double>(shift[row * kColumns + f]);
        if (started)
          found += static_cast<double>(start_scale[row / rows_per_ball]) *
                   static_cast<double>(start_image[row * kColumns + f]);
        CHECK_NEAR(preactivations[row * kColumns + f], reference.at(row, f), tolerance);
        CHECK_NEAR(found, reference.at(row, f), tolerance);
        expected_sums[f] += sigma(reference.at(row, f));
      }
    }
    for (std::size_t f = 0; f < kColumns; ++f)
      CHECK_NEAR(sums[f], expected_sums[f], kRows * tolerance);
    for (std::size_t ball = 0; ball < balls; ++ball) {
      const double length = length_of(reference.perturbation, ball * rows_per_ball * kDimension,
                                      rows_per_ball * kDimension);
      CHECK_NEAR(std::sqrt(square[ball]), length, tolerance);
      CHECK(square[ball] <= radius * radius);
    }
  }
  CHECK(square.intact() && preactivations.intact() && coefficients.intact() && shift.intact() &&
        direction.intact() && image.intact() && start_scale.intact() && sums.intact());
}

TEST_CASE(a_step_on_coefficients_is_the_step_on_the_input) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (const bool normalized : {true, false}) {
      for (const bool started : {true, false}) {
        for (const std::size_t balls : {std::size_t{1}, kRows}) {
          check_step(table, normalized, started, balls, 0.0, 1.0);
          check_step(table, normalized, started, balls, 0.125, 1.0);
        }
        // So faint that squares of the slopes leave the range of float.
        if (normalized) check_step(table, true, started, kRows, 0.0, 1e-30);
      }
    }
  });
}

// Norms of the perturbations C W themselves, not those that are carried from step to step.
template <class T>
double longest_row(Guarded<T>& coefficients, const std::vector<double>& weights) {
  double longest = 0;
  for (std::size_t row = 0; row < kRows; ++row) {
    std::vector<double> delta(kDimension);
    for (std::size_t f = 0; f < kFilters; ++f) {
      for (std::size_t e = 0; e < kDimension; ++e)
        delta[e] += static_cast<double>(coefficients.data()[row * kColumns + f]) *
                    weights[f * kDimension + e];
    }
    longest = std::max(longest, length_of(delta, 0, kDimension));
  }
  return longest;
}

TEST_CASE(many_small_steps_stay_in_the_ball) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (const double step_size : {1e-3, 1e-2}) {
      const std::vector<double> weights = random_numbers<double>(kFilters * kDimension, 1);
      Scene<T> scene(weights, 1.0);
      const SpanAscent<T> ascent = scene.ascent(true, 0.125, step_size, 0.25);
      double longest = 0;
      for (std::uint64_t step = 0; step < 3000; ++step) {
        // Another direction now and then: on along the sphere, or through the inside.
        scene.draw_residual(step / 500);
        table.span_ascend(ascent, scene.block(), scene.sums.data());
        longest = std::max(longest, longest_row(scene.coefficients, weights));
      }
      // Coefficients and pre-activations are rounded apart: measuring ⟨c, y⟩ anew changes nothing.
      const double excess = 100 * static_cast<double>(std::numeric_limits<T>::epsilon());
      CHECK(longest > 0.249 && longest <= 0.25 * (1 + excess));
    }
  });
}

TEST_CASE(faint_slopes_of_faint_filters_move_the_full_step) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (const double scale : {1e-4, 5e-10, 1e-12}) {
      const std::vector<double> weights = random_numbers<double>(kFilters * kDimension, 1, 1e-13);
      Scene<T> scene(weights, scale);
      const SpanAscent<T> ascent = scene.ascent(true, 0.0, kStepSize, 1.0);
      scene.draw_residual(4);
      CHECK(table.span_ascend(ascent, scene.block(), scene.sums.data()));
      for (std::size_t row = 0; row < kRows; ++row)
        CHECK_NEAR(std::sqrt(scene.square[row]), kStepSize, 1e-6);
      CHECK_NEAR(longest_row(scene.coefficients, weights), kStepSize, 1e-5);
    }
  });
}

TEST_CASE(no_slope_moves_nothing) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    const std::vector<T> z(kColumns, T(-1)), residual(kColumns, T(1));
    std::vector<T> preactivations(kColumns, T(5)),
        coefficients = preactivations, shift = preactivations, direction(kColumns), image(kColumns);
    std::vector<double> sums(kColumns, 1.0);
    double square = 0;
    Panels<T> panels(kFilters, kFilters);
    const SpanAscent<T> ascent{
        {ActivationKind::relu, 2, T(1)}, T(0), true, 1, 1, 1e9, kFilters, kColumns, panels.data()};
    const SpanBlock<T> block{1,
                             1,
                             z.data(),
                             residual.data(),
                             z.data(),
                             preactivations.data(),
                             coefficients.data(),
                             shift.data(),
                             true,
                             &square,
                             nullptr,
                             nullptr,
                             direction.data(),
                             image.data()};
    CHECK(!table.span_ascend(ascent, block, sums.data()));
    for (std::size_t c = 0; c < kColumns; ++c)
      CHECK(coefficients[c] == 0 && shift[c] == 0 && preactivations[c] == z[c] && sums[c] == 0);
  });
}

}  // namespace
