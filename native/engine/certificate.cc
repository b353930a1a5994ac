#include "engine/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/certificate_box.hpp"
#include "engine/certificate_search.hpp"

namespace robust_features {

namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

CertifiedFilters certified_filters(const NetworkShape& shape, const double* weights) {
  CertifiedFilters result{shape, weights, std::vector<double>(shape.filters()),
                          std::vector<double>(shape.filters())};
  const double outward = 1 + 4 * static_cast<double>(shape.dimension + 8) * kUnitRoundoff;
  for (std::size_t f = 0; f < shape.filters(); ++f) {
    double squares = 0, sum = 0;
    for (std::size_t i = 0; i < shape.dimension; ++i) {
      const double weight = weights[f * shape.dimension + i];
      squares += weight * weight;
      sum += std::abs(weight);
    }
    result.norms[f] = std::sqrt(squares) * outward + 1e-150;
    result.sums[f] = sum * outward;
  }
  return result;
}

// One sample's pre-activations in double, patches × filters, with a bound on each one's error.
struct Preactivations {
  std::vector<double> values, errors;

  template <class T>
  Preactivations(const CertifiedFilters& filters, const T* input, std::size_t patches)
      : values(patches * filters.shape.filters()), errors(patches * filters.shape.filters()) {
    const std::size_t d = filters.shape.dimension;
    const std::size_t f = filters.shape.filters();
    const double rounding = 2 * static_cast<double>(d + 8) * kUnitRoundoff;
    for (std::size_t p = 0; p < patches; ++p) {
      const T* x = input + p * d;
      double squares = 0;
      for (std::size_t i = 0; i < d; ++i)
        squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
      const double length = std::sqrt(squares) + 1e-150;
      for (std::size_t r = 0; r < f; ++r) {
        const double* w = filters.weights + r * d;
        double sum = 0;
        for (std::size_t i = 0; i < d; ++i) sum += w[i] * static_cast<double>(x[i]);
        values[p * f + r] = sum;
        errors[p * f + r] = rounding * filters.norms[r] * length;
      }
    }
  }

  // Of the pair's terms, moved to the side that lowers the margin.
  template <class Filter, class Residual>
  std::vector<double> lowered(std::size_t patches, std::size_t filters, std::size_t terms,
                              const Filter& filter, const Residual& residual) const {
    std::vector<double> result(patches * terms);
    for (std::size_t p = 0; p < patches; ++p) {
      for (std::size_t t = 0; t < terms; ++t) {
        const std::size_t from = p * filters + filter(t);
        const double error =
            (errors[from] + residual(t)) * (1 + 1e-12) + 2 * kUnitRoundoff * std::abs(values[from]);
        result[p * terms + t] = values[from] + (2 * t < terms ? -error : error);
      }
    }
    return result;
  }
};

// Wrong classes by their clean score, the closest rival first.
std::vector<std::size_t> rivals(const Preactivations& z, const NetworkShape& shape,
                                std::size_t patches, std::size_t own,
                                const ConvexActivation& activation) {
  std::vector<double> scores(shape.classes);
  for (std::size_t p = 0; p < patches; ++p) {
    for (std::size_t f = 0; f < shape.filters(); ++f) {
      scores[f / shape.filters_per_class] += activation.value(z.values[p * shape.filters() + f]);
    }
  }
  std::vector<std::size_t> order;
  for (std::size_t j = 0; j < shape.classes; ++j) {
    if (j != own) order.push_back(j);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  return order;
}

double bound_in_boxes(const CertifiedFilters& filters, const ConvexActivation& activation,
                      const Preactivations& z, std::size_t patches, std::size_t own,
                      std::size_t wrong, double radius) {
  const std::size_t m = filters.shape.filters_per_class;
  const std::vector<double> terms = z.lowered(
      patches, filters.shape.filters(), 2 * m,
      [&](std::size_t t) { return t < m ? own * m + t : wrong * m + (t - m); },
      [](std::size_t) { return 0.0; });
  double sum = 0, magnitude = 0;
  for (std::size_t p = 0; p < patches; ++p) {
    const double bound =
        bound_in_box(filters, activation, own, wrong, terms.data() + p * 2 * m, radius);
    sum += bound;
    magnitude += std::abs(bound);
  }
  return sum - 2 * static_cast<double>(patches + 8) * kUnitRoundoff * magnitude;
}

double bound_in_balls(const CertifiedFilters& filters, const ConvexActivation& activation,
                      const Preactivations& z, std::size_t patches, std::size_t own,
                      std::size_t wrong, const CertificateRequest& request, std::size_t effort,
                      const Cancellation& cancellation) {
  const ClassPair pair(filters.shape, filters.weights, own, wrong);
  const std::vector<double> terms = z.lowered(
      patches, filters.shape.filters(), pair.terms, [&](std::size_t t) { return pair.filter(t); },
      [&](std::size_t t) { return pair.residuals[t] * request.radius; });
  MarginSearch search(pair, activation, terms, patches, request.radius, cancellation);
  return request.budget == Budget::patch ? search.bound_per_patch(effort)
                                         : search.bound_per_input(effort);
}

}  // namespace

template <class T>
std::vector<double> certify(const Network<T>& network, const PatchData<T>& data,
                            const CertificateRequest& request, ThreadTeam& team,
                            const Cancellation& cancellation) {
  const NetworkShape& shape = network.shape;
  const std::vector<double> weights(network.weights, network.weights + shape.weights());
  const CertifiedFilters filters = certified_filters(shape, weights.data());
  const ConvexActivation activation({network.activation.kind, network.activation.power,
                                     static_cast<double>(network.activation.threshold)});
  const std::size_t patches = data.geometry.patches;
  std::vector<double> margin(data.samples, kNothing);
  team.parallel_for(data.samples, [&](std::size_t n, std::size_t) {
    if (cancellation.cancelled()) return;
    const auto own = static_cast<std::size_t>(data.labels[n]);
    const Preactivations z(filters, data.input(n), patches);
    double least = std::numeric_limits<double>::infinity();
    for (const std::size_t wrong : rivals(z, shape, patches, own, activation)) {
      // Once a rival is not excluded the others need no effort either.
      const std::size_t effort = least > 0 ? request.effort : 0;
      const double bound =
          request.norm == Norm::linf
              ? bound_in_boxes(filters, activation, z, patches, own, wrong, request.radius)
              : bound_in_balls(filters, activation, z, patches, own, wrong, request, effort,
                               cancellation);
      least = std::isnan(bound) ? kNothing : std::min(least, bound);
      if (cancellation.cancelled()) return;
    }
    margin[n] = least;
  });
  return margin;
}

template std::vector<double> certify(const Network<float>&, const PatchData<float>&,
                                     const CertificateRequest&, ThreadTeam&, const Cancellation&);
template std::vector<double> certify(const Network<double>&, const PatchData<double>&,
                                     const CertificateRequest&, ThreadTeam&, const Cancellation&);

}  // namespace robust_features
