#include <algorithm>
#include <cmath>
#include <limits>

#include "test/check.hpp"
#include "test/kernel_tables.hpp"
#include "test/numbers.hpp"

// Every kernel of every table against a naive computation in double.
namespace {

using namespace robust_features;
using test::Guarded;
using test::kSizes;
using test::random_numbers;
using test::with_every_table;

template <class T>
constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

template <class T, class Body>
void with_every_activation(const Body& body) {
  body(Activation<T>{ActivationKind::relu, 2, T(1)});
  for (const int power : {2, 3, 4, 5, 11}) {
    body(Activation<T>{ActivationKind::smoothed_relu, power, T(0.7)});
    body(Activation<T>{ActivationKind::polynomial, power, T(1)});
  }
}

template <class T>
double value_of(const Activation<T>& activation, double z) {
  const double q = activation.power;
  const double threshold = activation.threshold;
  if (z <= 0) return 0;
  switch (activation.kind) {
    case ActivationKind::relu:
      return z;
    case ActivationKind::polynomial:
      return std::pow(z, q);
    default:
      return z <= threshold ? z * std::pow(z / threshold, q - 1) / q : z - (1 - 1 / q) * threshold;
  }
}

template <class T>
double slope_of(const Activation<T>& activation, double z) {
  const double q = activation.power;
  if (z <= 0) return 0;
  switch (activation.kind) {
    case ActivationKind::relu:
      return 1;
    case ActivationKind::polynomial:
      return q * std::pow(z, q - 1);
    default:
      return std::pow(std::min(z / static_cast<double>(activation.threshold), 1.0), q - 1);
  }
}

template <class T>
double activation_tolerance(const Activation<T>& activation, double result) {
  return (2 * activation.power + 4) * kEpsilon<T> * result + std::numeric_limits<T>::min();
}

template <class T>
void check_activation(const KernelTable<T>& table, const Activation<T>& activation, std::size_t n) {
  Guarded<T> z(random_numbers<T>(n, n + 1)), values(n), slopes(n);
  const T surrogate = T(0.0625);
  table.activation_values(activation, z.data(), values.data(), n);
  table.activation_slopes(activation, surrogate, z.data(), slopes.data(), n);
  for (std::size_t i = 0; i < n; ++i) {
    const double value = value_of(activation, z[i]);
    const double slope = std::max(slope_of(activation, z[i]), static_cast<double>(surrogate));
    CHECK_NEAR(values[i], value, activation_tolerance(activation, value));
    CHECK_NEAR(slopes[i], slope, activation_tolerance(activation, slope));
  }
  CHECK(z.intact() && values.intact() && slopes.intact());
}

TEST_CASE(activations_follow_their_formula) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    with_every_activation<T>([&](const Activation<T>& activation) {
      for (const std::size_t n : kSizes) check_activation(table, activation, n);
    });
  });
}

TEST_CASE(activations_are_continuous_at_their_joints) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    with_every_activation<T>([&](const Activation<T>& activation) {
      const T threshold = activation.threshold;
      for (const T joint : {T(0), threshold}) {
        const T around[] = {std::nextafter(joint, T(-9)), joint, std::nextafter(joint, T(9))};
        T values[3];
        table.activation_values(activation, around, values, 3);
        for (std::size_t i = 0; i < 3; ++i) {
          const double expected = value_of(activation, around[i]);
          CHECK_NEAR(values[i], expected, activation_tolerance(activation, expected));
        }
      }
    });
  });
}

TEST_CASE(nan_passes_through_activations) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    with_every_activation<T>([&](const Activation<T>& activation) {
      const T nan = std::numeric_limits<T>::quiet_NaN();
      T value = 0, slope = 0;
      table.activation_values(activation, &nan, &value, 1);
      table.activation_slopes(activation, T(0.5), &nan, &slope, 1);
      CHECK(std::isnan(value) && std::isnan(slope));
    });
  });
}

TEST_CASE(column_sums_add_up_every_row) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    with_every_activation<T>([&](const Activation<T>& activation) {
      for (const std::size_t rows : {0, 1, 63, 64, 65, 130}) {
        for (const std::size_t columns : kSizes) {
          Guarded<T> z(random_numbers<T>(rows * columns, rows + columns));
          Guarded<double> sums(std::vector<double>(columns, 7.0));
          table.activation_column_sums(activation, z.data(), rows, columns, sums.data());
          for (std::size_t c = 0; c < columns; ++c) {
            double expected = 0;
            for (std::size_t r = 0; r < rows; ++r)
              expected += value_of(activation, z[r * columns + c]);
            CHECK_NEAR(sums[c], expected,
                       64 * kEpsilon<T> * expected + activation_tolerance(activation, expected));
          }
          CHECK(z.intact() && sums.intact());
        }
      }
    });
  });
}

TEST_CASE(residual_slopes_multiply_row_by_row) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    with_every_activation<T>([&](const Activation<T>& activation) {
      for (const std::size_t columns : kSizes) {
        const std::size_t rows = 3;
        const std::vector<T> before = random_numbers<T>(rows * columns, columns + 5);
        Guarded<T> z(before), residual(random_numbers<T>(columns, columns + 6));
        Guarded<T> slopes(rows * columns);
        table.residual_slopes(activation, T(0.0625), residual.data(), z.data(), slopes.data(), rows,
                              columns);
        table.residual_slopes(activation, T(0.0625), residual.data(), z.data(), z.data(), rows,
                              columns);
        for (std::size_t i = 0; i < rows * columns; ++i) {
          const double slope = std::max(slope_of(activation, before[i]), 0.0625);
          const double expected = slope * static_cast<double>(residual[i % columns]);
          CHECK_NEAR(z[i], expected, activation_tolerance(activation, std::abs(expected)));
          CHECK_EQUAL(slopes[i], z[i]);
        }
        CHECK(z.intact() && residual.intact() && slopes.intact());
      }
    });
  });
}

TEST_CASE(element_wise_kernels) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (const std::size_t n : kSizes) {
      const std::vector<T> x = random_numbers<T>(n, 1), y = random_numbers<T>(n, 2);
      const auto applied = [&](const auto& kernel, const auto& expected) {
        Guarded<T> input(x), out(y);
        kernel(input.data(), out.data());
        for (std::size_t i = 0; i < n; ++i) {
          CHECK_NEAR(out[i], expected(static_cast<double>(x[i]), static_cast<double>(y[i])),
                     4 * kEpsilon<T>);
          CHECK_EQUAL(input[i], x[i]);
        }
        CHECK(input.intact() && out.intact());
      };
      const auto clamped = [](double v, double low, double high) {
        return std::min(std::max(v, low), high);
      };
      applied([&](const T* a, T* b) { table.add(a, y.data(), b, n); },
              [](double a, double b) { return a + b; });
      applied([&](const T* a, T* b) { table.add_clamped(a, y.data(), T(-0.5), T(0.5), b, n); },
              [&](double a, double b) { return clamped(a + b, -0.5, 0.5); });
      applied([&](const T* a, T* b) { table.clip_to_box(a, T(-0.5), T(0.5), b, n); },
              [&](double a, double b) { return clamped(b, -0.5 - a, 0.5 - a); });
      applied([&](const T* a, T* b) { table.add_scaled(T(0.25), a, b, n); },
              [](double a, double b) { return b + 0.25 * a; });
      applied([&](const T*, T* b) { table.scale(T(0.25), b, n); },
              [](double, double b) { return 0.25 * b; });
      applied([&](const T* a, T* b) { table.add_sign(T(0.25), a, b, n); },
              [](double a, double b) { return b + 0.25 * ((a > 0) - (a < 0)); });
      for (const double bound : {0.75, std::numeric_limits<double>::infinity()}) {
        Guarded<T> perturbed(n), gradient(random_numbers<T>(n, 5));
        std::size_t i = 0;
        const SignAscent<T> ascent{T(0.25), T(0.5), static_cast<T>(-bound), static_cast<T>(bound)};
        applied(
            [&](const T* a, T* b) {
              const bool moved =
                  table.ascend_by_sign(ascent, gradient.data(), a, b, perturbed.data(), n);
              CHECK_EQUAL(moved, n > 0);
            },
            [&](double a, double b) {
              const double g = gradient[i];
              const double stepped = clamped(b + 0.25 * ((g > 0) - (g < 0)), -0.5, 0.5);
              const double boxed = clamped(stepped, -bound - a, bound - a);
              CHECK_NEAR(perturbed[i++], clamped(a + boxed, -bound, bound), 4 * kEpsilon<T>);
              return boxed;
            });
        CHECK(perturbed.intact() && gradient.intact());
      }
      applied([&](const T*, T* b) { table.clamp(T(0.5), b, n); },
              [&](double, double b) { return clamped(b, -0.5, 0.5); });
    }
  });
}

TEST_CASE(reductions) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (const std::size_t n : kSizes) {
      Guarded<T> x(random_numbers<T>(n, 3)), y(random_numbers<T>(n, 4));
      double dot = 0, squares = 0, largest = 0;
      for (std::size_t i = 0; i < n; ++i) {
        dot += static_cast<double>(x[i]) * static_cast<double>(y[i]);
        squares += 0.25 * static_cast<double>(x[i]) * static_cast<double>(x[i]);
        largest = std::max(largest, std::abs(static_cast<double>(x[i])));
      }
      const double tolerance = static_cast<double>(n) * 4 * kEpsilon<double>;
      CHECK_NEAR(table.dot(x.data(), y.data(), n), dot, tolerance * (1 + squares));
      CHECK_NEAR(table.sum_of_squares(x.data(), 0.5, n), squares, tolerance * (1 + squares));
      CHECK_EQUAL(static_cast<double>(table.largest_magnitude(x.data(), n)), largest);
      CHECK(x.intact() && y.intact());
    }
  });
}

TEST_CASE(the_largest_magnitude_passes_over_nan_anywhere) {
  with_every_table([]<class T>(const KernelTable<T>& table) {
    for (std::size_t place = 0; place < 20; ++place) {
      std::vector<T> x(20, T(1));
      x[(place + 1) % 20] = T(-5);
      x[place] = std::numeric_limits<T>::quiet_NaN();
      CHECK_EQUAL(table.largest_magnitude(x.data(), x.size()), T(5));
    }
  });
}

TEST_CASE(sums_are_the_same_bits_with_every_instruction_set) {
  // The order of additions is fixed in the source; only fused operations may differ, and squares of
  // small integers are exact either way.
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 13);
  with_every_table([&]<class T>(const KernelTable<T>& table) {
    const std::vector<T> values(x.begin(), x.end());
    CHECK_EQUAL(table.sum_of_squares(values.data(), 1.0, values.size()),
                baseline::table_f32.sum_of_squares(x.data(), 1.0, x.size()));
  });
}

}  // namespace
