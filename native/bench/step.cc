#include "bench/step.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>

namespace robust_features::bench {

namespace {

double flops_of(Product product, const Problem& problem) {
  const auto rows = static_cast<double>(problem.rows);
  const auto filters = static_cast<double>(problem.filters);
  const auto dimension = static_cast<double>(problem.dimension);
  const bool in_gram_space = product == Product::kGram || product == Product::kCoefficients;
  return 2 * rows * filters * (in_gram_space ? filters : dimension);
}

Sequence sequence_of(std::vector<Product> products, const Problem& problem, bool gram) {
  Sequence sequence{std::move(products), 0, gram};
  for (const Product product : sequence.products) sequence.flops += flops_of(product, problem);
  return sequence;
}

// Rows [first, first + rows) of a share; `stride` is the distance of two filters where Z is f×R.
struct Tile {
  const float* inputs;
  float* activations;
  float* coefficients;
  float* perturbed;
  std::size_t rows, stride;
  bool perturbs, first;
};

class Operation {
 public:
  Operation(const Setting& setting, const Weights& weights, std::size_t dimension, Share& share)
      : setting_(setting), weights_(weights), dimension_(dimension), share_(share) {}

  // A tile whose Z starts at row `kept`: its own row, or 0 where one tile's memory is used again.
  Tile tile(std::size_t row, std::size_t kept, std::size_t rows, std::size_t stride,
            bool perturbs) const {
    const std::size_t offset = kept * (setting_.filters_first ? 1 : setting_.filters);
    return {share_.inputs + row * dimension_,
            share_.activations.data() + offset,
            share_.coefficients.data() + offset,
            share_.perturbed.data() + kept * dimension_,
            rows,
            stride,
            perturbs,
            row == 0};
  }

  void operator()(Product product, const Tile& tile) const {
    const bool transposed = setting_.transposed[static_cast<std::size_t>(product)];
    switch (product) {
      case Product::kForward:
        return forward(tile, tile.inputs, transposed);
      case Product::kForwardPerturbed:
        return forward(tile, tile.perturbed, transposed);
      case Product::kInputGradient:
        return input_gradient(tile, transposed);
      case Product::kGram:
        return gram(tile, transposed);
      case Product::kWeightGradient:
        return sum_over_rows(tile, tile.perturbs ? tile.perturbed : tile.inputs, CblasNoTrans,
                             dimension_, dimension_, share_.weight_gradient.data(), transposed);
      case Product::kCoefficients:
        return sum_over_rows(tile, tile.coefficients, as_rows(), stride(tile), setting_.filters,
                             share_.coefficient_gradient.data(), transposed);
    }
  }

 private:
  static CBLAS_TRANSPOSE other(CBLAS_TRANSPOSE transpose) {
    return transpose == CblasNoTrans ? CblasTrans : CblasNoTrans;
  }
  // How Z is passed to be read as R×f.
  CBLAS_TRANSPOSE as_rows() const { return setting_.filters_first ? CblasTrans : CblasNoTrans; }
  std::size_t stride(const Tile& tile) const {
    return setting_.filters_first ? tile.stride : setting_.filters;
  }

  static void gemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, std::size_t m,
                   std::size_t n, std::size_t k, const float* a, std::size_t lda, const float* b,
                   std::size_t ldb, float beta, float* c, std::size_t ldc) {
    cblas_sgemm(CblasRowMajor, transpose_a, transpose_b, static_cast<blasint>(m),
                static_cast<blasint>(n), static_cast<blasint>(k), 1, a, static_cast<blasint>(lda),
                b, static_cast<blasint>(ldb), beta, c, static_cast<blasint>(ldc));
  }

  void forward(const Tile& tile, const float* x, bool transposed) const {
    const std::size_t f = setting_.filters;
    const std::size_t d = dimension_;
    const float* w = transposed ? weights_.columns.data() : weights_.rows.data();
    const std::size_t ldw = transposed ? f : d;
    if (setting_.filters_first) {
      gemm(transposed ? CblasTrans : CblasNoTrans, CblasTrans, f, tile.rows, d, w, ldw, x, d, 0,
           tile.activations, tile.stride);
    } else {
      gemm(CblasNoTrans, transposed ? CblasNoTrans : CblasTrans, tile.rows, f, d, x, d, w, ldw, 0,
           tile.activations, f);
    }
  }

  void input_gradient(const Tile& tile, bool transposed) const {
    const float* w = transposed ? weights_.columns.data() : weights_.rows.data();
    gemm(as_rows(), transposed ? CblasTrans : CblasNoTrans, tile.rows, dimension_, setting_.filters,
         tile.activations, stride(tile), w, transposed ? setting_.filters : dimension_, 0,
         tile.perturbed, dimension_);
  }

  void gram(const Tile& tile, bool transposed) const {
    const std::size_t f = setting_.filters;
    const CBLAS_TRANSPOSE transpose = transposed ? CblasTrans : CblasNoTrans;
    if (setting_.filters_first) {
      gemm(transpose, CblasNoTrans, f, tile.rows, f, weights_.gram.data(), f, tile.activations,
           tile.stride, 0, tile.coefficients, tile.stride);
    } else {
      gemm(CblasNoTrans, transpose, tile.rows, f, f, tile.activations, f, weights_.gram.data(), f,
           0, tile.coefficients, f);
    }
  }

  // Dᵀ B, or its transpose Bᵀ D; `columns` columns of B, which is read as R×columns by `transpose`.
  void sum_over_rows(const Tile& tile, const float* b, CBLAS_TRANSPOSE transpose, std::size_t ldb,
                     std::size_t columns, float* sum, bool transposed) const {
    const std::size_t f = setting_.filters;
    const float beta = tile.first ? 0 : 1;
    if (transposed) {
      gemm(other(transpose), as_rows(), columns, f, tile.rows, b, ldb, tile.activations,
           stride(tile), beta, sum, f);
    } else {
      gemm(other(as_rows()), transpose, f, columns, tile.rows, tile.activations, stride(tile), b,
           ldb, beta, sum, columns);
    }
  }

  const Setting& setting_;
  const Weights& weights_;
  std::size_t dimension_;
  Share& share_;
};

bool perturbs(const std::vector<Product>& products) {
  return std::find(products.begin(), products.end(), Product::kInputGradient) != products.end();
}

}  // namespace

Sequence Sequence::of(const Problem& problem) {
  std::vector<Product> direct{Product::kForward};
  if (problem.step == StepKind::kForward) return sequence_of(direct, problem, false);
  std::vector<Product> gram = direct;
  for (std::size_t ascent = 0; ascent < problem.ascents; ++ascent) {
    direct.push_back(Product::kInputGradient);
    direct.push_back(Product::kForwardPerturbed);
    // After the last ascent Z + Y is there already.
    gram.push_back(Product::kGram);
  }
  direct.push_back(Product::kWeightGradient);
  gram.push_back(Product::kWeightGradient);
  gram.push_back(Product::kCoefficients);
  Sequence ascent_on_inputs = sequence_of(direct, problem, false);
  if (problem.step != StepKind::kL2) return ascent_on_inputs;
  Sequence ascent_on_coefficients = sequence_of(gram, problem, true);
  return ascent_on_coefficients.flops < ascent_on_inputs.flops ? ascent_on_coefficients
                                                               : ascent_on_inputs;
}

bool Sequence::has(Product product) const {
  return std::find(products.begin(), products.end(), product) != products.end();
}

std::string Setting::describe(const Sequence& sequence) const {
  std::string text = own_threads_of_blas ? "split=byBlas" : "split=byRows";
  text += tile_by_tile ? " order=tiles" : " order=products";
  text += filters_first ? " layout=filtersFirst" : " layout=rowsFirst";
  text += " paddedFilters=" + std::to_string(filters);
  for (std::size_t i = 0; i < kProducts; ++i) {
    if (!sequence.has(static_cast<Product>(i))) continue;
    text += std::string(" ") + kProductNames[i] + "=" +
            (tile_rows[i] == kAllRows ? "all" : std::to_string(tile_rows[i])) + "Rows" +
            (transposed[i] ? ",transposed" : "");
  }
  return text;
}

Weights::Weights(const AlignedBuffer<float>& weights, std::size_t count, std::size_t padded,
                 std::size_t dimension)
    : filters(padded),
      rows(padded * dimension),
      columns(padded * dimension),
      gram(padded * padded) {
  for (std::size_t f = 0; f < count; ++f) {
    for (std::size_t j = 0; j < dimension; ++j) {
      const float value = weights[f * dimension + j];
      rows[f * dimension + j] = value;
      columns[j * padded + f] = value;
    }
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(padded),
              static_cast<blasint>(padded), static_cast<blasint>(dimension), 1, rows.data(),
              static_cast<blasint>(dimension), rows.data(), static_cast<blasint>(dimension), 0,
              gram.data(), static_cast<blasint>(padded));
}

Share::Share(const float* first, std::size_t count, const Sequence& sequence, std::size_t dimension,
             std::size_t most_filters)
    : inputs(first),
      rows(count),
      activations(count * most_filters),
      coefficients(sequence.gram ? count * most_filters : 0),
      perturbed(sequence.has(Product::kInputGradient) ? count * dimension : 0),
      weight_gradient(most_filters * dimension),
      coefficient_gradient(most_filters * most_filters) {}

void run_product(Product product, const Setting& setting, const Weights& weights,
                 std::size_t dimension, Share& share, std::size_t rows) {
  const Operation operation(setting, weights, dimension, share);
  const std::size_t tile_rows = setting.tile_rows[static_cast<std::size_t>(product)];
  const bool perturbed = share.perturbed.size() > 0;
  for (std::size_t row = 0; row < rows; row += tile_rows) {
    const std::size_t count = std::min(tile_rows, rows - row);
    operation(product, operation.tile(row, row, count, rows, perturbed));
  }
}

void run_sequence(const std::vector<Product>& products, const Setting& setting,
                  const Weights& weights, std::size_t dimension, Share& share, std::size_t rows) {
  if (!setting.tile_by_tile) {
    for (const Product product : products) {
      run_product(product, setting, weights, dimension, share, rows);
    }
    return;
  }
  const Operation operation(setting, weights, dimension, share);
  const std::size_t tile_rows = setting.tile_rows.front();
  for (std::size_t row = 0; row < rows; row += tile_rows) {
    const std::size_t count = std::min(tile_rows, rows - row);
    const Tile tile = operation.tile(row, 0, count, std::min(tile_rows, rows), perturbs(products));
    for (const Product product : products) operation(product, tile);
  }
}

}  // namespace robust_features::bench
