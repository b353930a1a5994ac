#pragma once

#include <cstddef>

namespace robust_features {

// How N samples are cut. A tile is a few whole samples whose patches stay in the second-level
// cache; a chunk is a run of tiles whose weight gradients one worker adds up in order. Both depend
// on the shape of the problem alone, never on the number of threads, so sums are always formed in
// the same order.
struct TilePlan {
  std::size_t samples;
  std::size_t samples_per_tile;
  std::size_t tiles;
  std::size_t chunks;

  TilePlan(std::size_t samples, std::size_t patches, std::size_t dimension, std::size_t filters);

  // The same tiles for fewer samples, such as the last batch of an epoch.
  TilePlan shortened(std::size_t fewer_samples) const;

  struct Range {
    std::size_t first, last;
    std::size_t size() const { return last - first; }
  };
  Range tiles_of_chunk(std::size_t chunk) const;
  Range samples_of_tile(std::size_t tile) const;
};

}  // namespace robust_features
