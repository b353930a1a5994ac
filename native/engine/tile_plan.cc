#include "engine/tile_plan.hpp"

#include <algorithm>

namespace robust_features {

namespace {
// 384 KiB of floats at most, and 256 KiB of 128 each: a small second-level cache is 512 KiB.
constexpr std::size_t kMostPatches = 512;
constexpr std::size_t kFewestPatches = 64;
constexpr std::size_t kNumbersPerTile = 96 * 1024;
// Small batches are cut further, so that several threads have something to do.
constexpr std::size_t kTilesToShare = 8;
constexpr std::size_t kRowsWorthSharing = 24;
// Every chunk holds one gradient; more than 64 chunks balance no better. A chunk of 300 rows spends
// some 2 % of its time on clearing and adding up its gradient.
constexpr std::size_t kMostChunks = 64;
constexpr std::size_t kFewestRowsOfChunk = 300;
constexpr std::size_t kGradientNumbers = std::size_t{1} << 21;

std::size_t divided_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
}  // namespace

TilePlan::TilePlan(std::size_t samples, std::size_t patches, std::size_t dimension,
                   std::size_t filters)
    : samples(samples) {
  const std::size_t rows_in_cache = std::clamp(
      kNumbersPerTile / std::max<std::size_t>(dimension, 1), kFewestPatches, kMostPatches);
  const std::size_t rows_of_sample = std::max<std::size_t>(patches, 1);
  const std::size_t cached =
      divided_up(samples, std::max<std::size_t>(1, rows_in_cache / rows_of_sample));
  const std::size_t shared_out =
      std::min({samples, kTilesToShare, samples * rows_of_sample / kRowsWorthSharing});
  samples_per_tile = divided_up(samples, std::max<std::size_t>({1, cached, shared_out}));
  tiles = samples == 0 ? 0 : divided_up(samples, samples_per_tile);
  const std::size_t affordable = kGradientNumbers / std::max<std::size_t>(filters * dimension, 1);
  const std::size_t worthwhile = samples * rows_of_sample / kFewestRowsOfChunk;
  chunks =
      std::min(tiles, std::clamp<std::size_t>(std::min(affordable, worthwhile), 8, kMostChunks));
}

TilePlan TilePlan::shortened(std::size_t fewer_samples) const {
  TilePlan plan = *this;
  plan.samples = fewer_samples;
  plan.tiles = fewer_samples == 0 ? 0 : divided_up(fewer_samples, samples_per_tile);
  plan.chunks = std::min(chunks, plan.tiles);
  return plan;
}

TilePlan::Range TilePlan::tiles_of_chunk(std::size_t chunk) const {
  return {chunk * tiles / chunks, (chunk + 1) * tiles / chunks};
}

TilePlan::Range TilePlan::samples_of_tile(std::size_t tile) const {
  return {tile * samples_per_tile, std::min(samples, (tile + 1) * samples_per_tile)};
}

}  // namespace robust_features
