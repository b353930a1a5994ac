#pragma once

#include <memory>
#include <vector>

#include "layered/batch_normalization_stage.hpp"
#include "layered/stage.hpp"

namespace robust_features::layered {

// How batch normalisations behave: by the statistics of the mini-batch, with all gradients by
// parameters; or by the running statistics, with gradients by the images.
enum class Behaviour : std::uint8_t { training, evaluation };

// An architecture made ready for tiles of a fixed number of images:
//   1. operations that one pass can do are joined: a convolution takes in the ReLU after it, and
//   the
//      batch normalisation where its statistics are given; additions and normalisations take in
//      ReLUs;
//   2. every stage gets the memory order that its primitive is fastest with;
//   3. whoever reads a value last writes the gradient by it, earlier readers add theirs.
// Tiles have one size whatever the number of images, so an image's numbers never depend on its
// company.
class Program {
 public:
  Program(const Architecture& architecture, Behaviour behaviour);

  const Architecture& architecture() const { return architecture_; }
  std::size_t tile_images() const { return tile_images_; }
  std::size_t tiles(std::size_t images) const { return (images + tile_images_ - 1) / tile_images_; }

  Tile make_tile() const;
  Worker make_worker() const { return needs_.make(); }
  void prepare(const float* parameters, const float* statistics);

  const std::vector<std::unique_ptr<Stage>>& stages() const { return stages_; }
  // By stage; nullptr for all others.
  BatchNormalizationStage* normalization(std::size_t stage) const { return normalizations_[stage]; }
  bool synchronizes() const;

  // Where a stage's part of a chunk's sum begins.
  std::size_t gradient_offset(std::size_t stage) const { return gradient_offsets_[stage]; }
  std::size_t gradient_numbers() const { return gradient_offsets_.back(); }
  // From a chunk's sum to the order of the parameters, over what is there; batch normalisations
  // excepted.
  void unpack_gradient(const float* sum, float* gradient);

  // All stages in a row, for programs that do not synchronise.
  void forward(Tile& tile, Worker& worker) const;
  void backward(Tile& tile, Worker& worker) const;

  // The last value of a tile's image, and the gradient by it: class scores as they are, a
  // representation in its own memory order, where channels that fill up a block are zero.
  const float* output(const Tile& tile, std::size_t image) const;
  float* output_gradient(Tile& tile, std::size_t image) const;
  std::size_t output_numbers() const { return layouts_.back().image_numbers(); }

  // A value of the tile's images, channel by channel; one that some stage makes.
  void read_value(const Tile& tile, std::size_t value, float* out, Worker& worker) const;

 private:
  void lower(Behaviour behaviour);
  InputGradient claim(std::size_t value, std::vector<bool>& written) const;

  Architecture architecture_;
  std::size_t tile_images_;
  bool images_differentiated_;
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<BatchNormalizationStage*> normalizations_;
  std::vector<std::size_t> gradient_offsets_;
  std::vector<std::size_t> value_numbers_;  // per tile; 0 for values that no stage makes
  std::vector<Layout> layouts_;             // by value
  WorkerNeeds needs_;
  std::unique_ptr<Worker> preparer_;
};

// Whether a program for evaluation makes a value: not where an operation is joined with the next.
bool evaluation_makes(const Architecture& architecture, std::size_t value);

}  // namespace robust_features::layered
