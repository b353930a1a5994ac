#pragma once

#include <algorithm>
#include <atomic>
#include <optional>

#include "layered/evaluation.hpp"

namespace robust_features::layered {

// A program for evaluation, with a worker and a tile for every thread.
class EvaluationTeam {
 public:
  EvaluationTeam(const Network& network, ThreadTeam& team)
      : program_(network.architecture, Behaviour::evaluation), team_(team) {
    program_.prepare(network.parameters, network.statistics);
    for (std::size_t i = 0; i < team.threads(); ++i) workers_.push_back(program_.make_worker());
  }

  const Program& program() const { return program_; }
  Worker& worker(std::size_t index) { return workers_[index]; }

  // Sends every tile forward and calls body(tile, first image, worker).
  template <class Body>
  void for_tiles(const PerturbedImages& images, const Cancellation& cancellation,
                 const Body& body) {
    std::vector<Tile> tiles;
    for (std::size_t i = 0; i < team_.threads(); ++i) tiles.push_back(program_.make_tile());
    const std::size_t numbers = images.data.shape.numbers();
    const auto run = [&](std::size_t index, std::size_t thread) {
      if (cancellation.cancelled()) return;
      const onednn::SingleThread single;
      Tile& tile = tiles[thread];
      const std::size_t first = index * program_.tile_images();
      tile.images = std::min(program_.tile_images(), images.data.samples - first);
      for (std::size_t i = 0; i < tile.images; ++i)
        images.load(first + i, tile.values[0].data() + i * numbers);
      program_.forward(tile, workers_[thread]);
      body(tile, first, workers_[thread]);
    };
    team_.parallel_for(program_.tiles(images.data.samples), run);
  }

 private:
  Program program_;
  ThreadTeam& team_;
  std::vector<Worker> workers_;
};

// 0, 1, …, count − 1, each to one of the threads that ask.
class SharedCounter {
 public:
  explicit SharedCounter(std::size_t count) : count_(count) {}

  std::optional<std::size_t> next() {
    const std::size_t taken = taken_.fetch_add(1);
    return taken < count_ ? std::optional(taken) : std::nullopt;
  }

 private:
  std::size_t count_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace robust_features::layered
