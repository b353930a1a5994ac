#include "engine/tile_plan.hpp"

#include <vector>

#include "test/check.hpp"

namespace {

using namespace robust_features;

void check_cover(const TilePlan& plan) {
  std::size_t next_sample = 0, next_tile = 0;
  for (std::size_t chunk = 0; chunk < plan.chunks; ++chunk) {
    const TilePlan::Range tiles = plan.tiles_of_chunk(chunk);
    CHECK_EQUAL(tiles.first, next_tile);
    CHECK(tiles.size() > 0);
    for (std::size_t tile = tiles.first; tile < tiles.last; ++tile) {
      const TilePlan::Range samples = plan.samples_of_tile(tile);
      CHECK_EQUAL(samples.first, next_sample);
      CHECK(samples.size() > 0 && samples.size() <= plan.samples_per_tile);
      next_sample = samples.last;
    }
    next_tile = tiles.last;
  }
  CHECK_EQUAL(next_sample, plan.samples);
  CHECK_EQUAL(next_tile, plan.tiles);
}

TEST_CASE(every_sample_is_in_one_tile_of_one_chunk) {
  for (const std::size_t samples : {0, 1, 2, 63, 64, 65, 169, 170, 171, 511, 512, 513, 10000}) {
    for (const std::size_t patches : {0, 1, 3, 64, 512, 600}) {
      for (const std::size_t dimension : {0, 1, 4, 128, 784, 5000}) {
        for (const std::size_t filters : {1, 20, 100000})
          check_cover({samples, patches, dimension, filters});
      }
    }
  }
}

TEST_CASE(tiles_stay_in_the_cache_and_chunks_in_memory) {
  for (const std::size_t patches : {1, 7, 130, 512, 1000}) {
    for (const std::size_t dimension : {1, 128, 129, 784, 5000}) {
      for (const std::size_t filters : {1, 1000, 100000}) {
        const TilePlan plan(100000, patches, dimension, filters);
        CHECK(plan.samples_per_tile == 1 || plan.samples_per_tile * patches <= 512);
        CHECK(plan.chunks >= 8 && plan.chunks <= 64);
      }
    }
  }
}

void check_cut(const TilePlan& plan, std::size_t samples_per_tile, std::size_t tiles) {
  CHECK_EQUAL(plan.samples_per_tile, samples_per_tile);
  CHECK_EQUAL(plan.tiles, tiles);
}

// test/helpers/native-cases.ts and test/theory/thread-invariance.test.ts test at these edges.
TEST_CASE(sizes_the_other_tests_count_on) {
  check_cut({15, 3, 4, 6}, 15, 1);
  check_cut({16, 3, 4, 6}, 8, 2);
  check_cut({64, 3, 4, 6}, 8, 8);
  check_cut({65, 3, 4, 6}, 9, 8);
  check_cut({1530, 3, 4, 6}, 170, 9);
  check_cut({1531, 3, 4, 6}, 154, 10);
  check_cut({69, 3, 8, 6}, 9, 8);
  check_cut({259, 16, 32, 9}, 29, 9);
  check_cut({3, 600, 4, 6}, 1, 3);
  check_cut({67, 512, 1, 2}, 1, 67);
  CHECK_EQUAL(TilePlan(67, 512, 1, 2).chunks, std::size_t{64});
}

TEST_CASE(a_shortened_plan_cuts_the_same_tiles) {
  for (const std::size_t samples : {1, 64, 65, 1531}) {
    const TilePlan plan(samples, 3, 4, 6);
    for (const std::size_t fewer : {std::size_t{0}, std::size_t{1}, samples / 2, samples}) {
      const TilePlan shortened = plan.shortened(fewer);
      CHECK_EQUAL(shortened.samples_per_tile, plan.samples_per_tile);
      CHECK(shortened.tiles <= plan.tiles && shortened.chunks <= plan.chunks);
      check_cover(shortened);
    }
  }
}

}  // namespace
