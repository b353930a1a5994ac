#include "engine/certificate_pair.hpp"

#include <algorithm>
#include <cmath>

#include "engine/certificate_activation.hpp"

namespace robust_features {

namespace {

double product(const double* a, const double* b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// Rows of an approximately orthonormal basis of the rows' span: Gram–Schmidt, each row twice. A row
// that adds nothing is left out; the residuals answer for it.
std::vector<double> span_basis(const std::vector<double>& rows, std::size_t count, std::size_t d) {
  std::vector<double> basis;
  std::vector<double> row(d);
  for (std::size_t r = 0; r < count; ++r) {
    std::copy_n(rows.data() + r * d, d, row.data());
    const double length = std::sqrt(product(row.data(), row.data(), d));
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t k = 0; k < basis.size() / d; ++k) {
        const double* other = basis.data() + k * d;
        const double along = product(row.data(), other, d);
        for (std::size_t i = 0; i < d; ++i) row[i] -= along * other[i];
      }
    }
    const double rest = std::sqrt(product(row.data(), row.data(), d));
    if (!(rest > 1e-12 * length)) continue;
    for (double& entry : row) entry /= rest;
    basis.insert(basis.end(), row.begin(), row.end());
  }
  return basis;
}

}  // namespace

ClassPair::ClassPair(const NetworkShape& shape, const double* weights, std::size_t own_class,
                     std::size_t wrong_class)
    : own(own_class),
      wrong(wrong_class),
      terms(2 * shape.filters_per_class),
      dimension(0),
      stretch(1) {
  const std::size_t d = shape.dimension;
  std::vector<double> rows(terms * d);
  for (std::size_t r = 0; r < terms; ++r) {
    std::copy_n(weights + filter(r) * d, d, rows.data() + r * d);
  }
  residuals.assign(terms, 0);
  if (d <= terms) {
    dimension = d;
    filters = rows;
  } else {
    const std::vector<double> basis = span_basis(rows, terms, d);
    dimension = basis.size() / d;
    const double rounding = 8 * static_cast<double>(d + dimension + 8) * kUnitRoundoff;
    double deviation = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
      for (std::size_t k = 0; k < dimension; ++k) {
        const double entry = product(basis.data() + i * d, basis.data() + k * d, d);
        deviation += (entry - (i == k)) * (entry - (i == k));
      }
    }
    // ‖Q‖² ≤ 1 + ‖QQᵀ − I‖_F
    stretch = 1 + std::sqrt(deviation) + rounding * static_cast<double>(dimension + 1);
    filters.resize(terms * dimension);
    for (std::size_t r = 0; r < terms; ++r) {
      double* row = rows.data() + r * d;
      const double length = std::sqrt(product(row, row, d));
      for (std::size_t k = 0; k < dimension; ++k) {
        filters[r * dimension + k] = product(row, basis.data() + k * d, d);
      }
      for (std::size_t k = 0; k < dimension; ++k) {
        for (std::size_t i = 0; i < d; ++i) {
          row[i] -= filters[r * dimension + k] * basis[k * d + i];
        }
      }
      residuals[r] = (std::sqrt(product(row, row, d)) +
                      rounding * static_cast<double>(dimension + 1) * length) *
                     (1 + rounding);
    }
  }
  if (dimension == 0) {
    dimension = 1;
    filters.assign(terms, 0);
  }
  const double rounding = 8 * static_cast<double>(dimension + 8) * kUnitRoundoff;
  gram.resize(terms * terms);
  norms.resize(terms);
  for (std::size_t r = 0; r < terms; ++r) {
    for (std::size_t k = 0; k < terms; ++k) {
      gram[r * terms + k] =
          product(filters.data() + r * dimension, filters.data() + k * dimension, dimension);
    }
    norms[r] = std::sqrt(gram[r * terms + r]) * (1 + rounding);
  }
}

}  // namespace robust_features
