#pragma once

#include <vector>

#include "engine/thread_team.hpp"
#include "layered/program.hpp"

namespace robust_features::layered {

// Gradient by the parameters of Σ weight · cross-entropy over a mini-batch:
//   1. tiles go forward to the next batch normalisation, which then sees all of them;
//   2. so on to the scores; losses; and back from batch normalisation to batch normalisation;
//   3. a chunk's tiles add up their gradients in order, and so do the chunks.
// Without batch normalisations a tile goes all the way at once and its numbers are reused.
class TrainingPass {
 public:
  TrainingPass(const Architecture& architecture, std::size_t capacity);

  Program& program() { return program_; }

  struct Batch {
    std::size_t images;
    double weight;        // of every image's loss
    const float* pixels;  // images × numbers, channel by channel
    const std::int32_t* labels;
    double* losses;   // by image
    double* margins;  // by image
  };
  // Adds to the gradient; moves the running statistics.
  void run(const Batch& batch, float* statistics, float* gradient, ThreadTeam& team,
           std::vector<Worker>& workers);

 private:
  // The first at or behind a stage, the last before it; as many as there are stages if none.
  std::size_t next_normalization(std::size_t stage) const;
  std::size_t last_normalization(std::size_t before) const;
  Tile& tile(std::size_t index, std::size_t worker) {
    return tiles_[program_.synchronizes() ? index : worker];
  }
  void load(const Batch& batch, std::size_t index, Tile& tile) const;
  void go_back(std::size_t from, std::size_t index, std::size_t chunk, Tile& tile, Worker& worker);
  void judge(const Batch& batch, std::size_t index, Tile& tile) const;
  void add_up(std::size_t chunks, float* gradient);

  Program program_;
  std::size_t capacity_;
  std::vector<Tile> tiles_;
  AlignedBuffer<float> sums_;  // chunks × gradient numbers
  std::size_t chunks_;
  std::vector<float> unpacked_;
};

}  // namespace robust_features::layered
