#include "engine/random_stream.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "kernels/philox.hpp"

namespace robust_features {

namespace {

std::uint32_t fnv1a(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

double to_uniform(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = low | (static_cast<std::uint64_t>(high) << 32);
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name, std::uint32_t item,
                           std::uint32_t round)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      item_(item),
      round_(round),
      stream_(fnv1a(name)) {}

std::array<double, 2> RandomStream::uniform_block(std::size_t block) const {
  const auto words = philox({static_cast<std::uint32_t>(block), item_, round_, stream_}, key_);
  return {to_uniform(words[0], words[1]), to_uniform(words[2], words[3])};
}

std::array<double, 2> RandomStream::normal_block(std::size_t block) const {
  const auto [u1, u2] = uniform_block(block);
  const double radius = std::sqrt(-2 * std::log(1 - u1));
  const double angle = 2 * std::numbers::pi * u2;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

template <class Block>
void RandomStream::fill(std::size_t first, std::span<double> out, const Block& block) const {
  for (std::size_t i = 0; i < out.size();) {
    const std::size_t element = first + i;
    const std::array<double, 2> pair = block(element / 2);
    if (element % 2 == 0 && i + 1 < out.size()) {
      out[i] = pair[0];
      out[i + 1] = pair[1];
      i += 2;
    } else {
      out[i] = pair[element % 2];
      i += 1;
    }
  }
}

std::size_t uniform_index(double uniform, std::size_t count) {
  return std::min(static_cast<std::size_t>(uniform * static_cast<double>(count)), count - 1);
}

double RandomStream::uniform(std::size_t element) const {
  return uniform_block(element / 2)[element % 2];
}

void RandomStream::uniforms(std::size_t first, std::span<double> out) const {
  fill(first, out, [this](std::size_t block) { return uniform_block(block); });
}

void RandomStream::normals(std::size_t first, std::span<double> out) const {
  fill(first, out, [this](std::size_t block) { return normal_block(block); });
}

std::vector<std::int32_t> RandomStream::permutation(std::size_t count) const {
  std::vector<std::int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = count; i-- > 1;) {
    const double u = uniform(count - 1 - i);
    std::swap(order[i], order[uniform_index(u, i + 1)]);
  }
  return order;
}

}  // namespace robust_features
