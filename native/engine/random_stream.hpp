#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace robust_features {

// ⌊u · count⌋ for u on [0, 1), held below count ≥ 1 whatever the rounding.
std::size_t uniform_index(double uniform, std::size_t count);

// Random numbers by position: element e of (seed, stream name, item, round) is the same whoever
// asks, in whatever order. Philox key = seed; counter = (block, item, round, FNV-1a of the name); a
// block holds two uniforms on [0, 1) with 53 bits, or two normals by Box–Muller.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name, std::uint32_t item = 0,
               std::uint32_t round = 0);

  double uniform(std::size_t element) const;
  void uniforms(std::size_t first, std::span<double> out) const;
  void normals(std::size_t first, std::span<double> out) const;
  // Fisher–Yates on 0 … count−1.
  std::vector<std::int32_t> permutation(std::size_t count) const;

 private:
  std::array<double, 2> uniform_block(std::size_t block) const;
  std::array<double, 2> normal_block(std::size_t block) const;
  template <class Block>
  void fill(std::size_t first, std::span<double> out, const Block& block) const;

  std::array<std::uint32_t, 2> key_;
  std::uint32_t item_, round_, stream_;
};

}  // namespace robust_features
