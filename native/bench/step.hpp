#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "engine/aligned_buffer.hpp"

namespace robust_features::bench {

// The products of a step, for R rows (patches), d numbers per row and f filters. D is whatever
// stands where the derivative with respect to the pre-activations would.
enum class Product {
  kForward,           // Z = X Wᵀ                 R×f×d
  kForwardPerturbed,  // Z = X̃ Wᵀ                 R×f×d
  kInputGradient,     // D W                      R×d×f
  kGram,              // D G, G = W Wᵀ            R×f×f
  kWeightGradient,    // Dᵀ X, Dᵀ X̃ after kInputGradient; f×d×R
  kCoefficients,      // Dᵀ C, δ = C W            f×f×R
};
inline constexpr std::size_t kProducts = 6;
inline constexpr std::array<const char*, kProducts> kProductNames{
    "forward", "forwardPerturbed", "inputGradient", "gram", "weightGradient", "coefficients"};

enum class StepKind { kForward, kStandard, kL2, kLinf };

struct Problem {
  std::size_t rows, dimension, filters;
  StepKind step;
  std::size_t ascents;
};

// More rows than any share has: the product over all of them at once.
inline constexpr std::size_t kAllRows = std::size_t{1} << 30;

// The products a step cannot avoid, in order, and their floating-point operations. An l2 attack is
// free to work on coefficients of the filters; the cheaper of the two ways counts. What does not
// grow with R (G itself, (Dᵀ C) W) is left out: the floor stays a lower bound.
struct Sequence {
  std::vector<Product> products;
  double flops = 0;
  bool gram = false;

  static Sequence of(const Problem& problem);
  bool has(Product product) const;
};

// How the products are given to BLAS.
struct Setting {
  // Z, D and C as f×R, filters first, where the fused engine may hold them in tiles; else R×f.
  bool filters_first = false;
  // f, or f padded with zero filters to a multiple of 8 or 16.
  std::size_t filters = 0;
  // The whole sequence on one tile of rows after the other, or each product over all rows.
  bool tile_by_tile = false;
  std::array<std::size_t, kProducts> tile_rows{};
  // W is stored as d×f instead of f×d, a sum over rows as its transpose.
  std::array<bool, kProducts> transposed{};
  // OpenBLAS splits each product itself, instead of every worker having a share of the rows.
  bool own_threads_of_blas = false;

  std::string describe(const Sequence& sequence) const;
};

// What the weights are in all the forms that settings ask for.
struct Weights {
  std::size_t filters = 0;
  AlignedBuffer<float> rows, columns, gram;

  Weights() = default;
  Weights(const AlignedBuffer<float>& weights, std::size_t filters, std::size_t padded,
          std::size_t dimension);
};

// One worker's rows and results.
struct Share {
  const float* inputs = nullptr;
  std::size_t rows = 0;
  AlignedBuffer<float> activations, coefficients, perturbed, weight_gradient, coefficient_gradient;

  Share() = default;
  Share(const float* inputs, std::size_t rows, const Sequence& sequence, std::size_t dimension,
        std::size_t most_filters);
};

// Runs one product over the first `rows` of a share in tiles of its own, or a sequence of products.
void run_product(Product product, const Setting& setting, const Weights& weights,
                 std::size_t dimension, Share& share, std::size_t rows);
void run_sequence(const std::vector<Product>& products, const Setting& setting,
                  const Weights& weights, std::size_t dimension, Share& share, std::size_t rows);

}  // namespace robust_features::bench
