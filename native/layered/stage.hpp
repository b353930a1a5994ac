#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "engine/aligned_buffer.hpp"
#include "layered/layout.hpp"

namespace robust_features::layered {

// The numbers of one tile of images on their way through a program, by value.
struct Tile {
  std::size_t images = 0;  // that count; the rest of the tile is filling
  std::vector<AlignedBuffer<float>> values, gradients;
  std::vector<AlignedBuffer<float>> workspaces;  // by stage
};

// What a thread needs beside the tile it works on.
struct Worker {
  dnnl::stream stream{onednn::engine()};
  AlignedBuffer<std::uint8_t> scratchpad;
  AlignedBuffer<float> reordered[2], weight_gradient, gradient;

  void run(const onednn::Primitive& primitive, std::unordered_map<int, dnnl::memory> arguments);
};

// What a stage does with the gradient by one of the values it reads.
enum class InputGradient : std::uint8_t { unused, written, added };

// How much of each buffer of a worker the stages of a program need.
struct WorkerNeeds {
  std::size_t scratchpad = 0, reordered[2] = {0, 0}, weight_gradient = 0, gradient = 0;

  void primitive(const onednn::Primitive& primitive);
  void reorder(std::size_t which, const onednn::Descriptor& descriptor) {
    numbers(which, descriptor.get_size() / sizeof(float));
  }
  void numbers(std::size_t which, std::size_t count);
  void weights(std::size_t numbers);
  void input_gradient(const Layout& layout, InputGradient use);
  Worker make() const;
};

// One step of a program: an operation, or several that are done at once. Forward it makes its
// value; backward it turns the gradient by its value, which it may overwrite, into those by its
// inputs and, where asked, into its parameters'. Stages are shared by all threads: what changes is
// in the tile and the worker.
class Stage {
 public:
  virtual ~Stage() = default;

  virtual Layout layout() const = 0;
  virtual void need(WorkerNeeds& needs) const = 0;
  virtual std::size_t workspace() const { return 0; }  // floats per tile

  // Takes over new parameters and running statistics.
  virtual void prepare(const float* /*parameters*/, const float* /*statistics*/, Worker&) {}
  virtual void forward(Tile& tile, Worker& worker) const = 0;
  // `parameter_gradient` is the stage's own part of a chunk's sum, nullptr where none is wanted.
  virtual void backward(Tile& tile, Worker& worker, float* parameter_gradient) const = 0;

  // Numbers of its part of a chunk's sum, in an order of its own, and from there to the
  // parameters'.
  virtual std::size_t gradient_numbers() const { return 0; }
  virtual void unpack_gradient(const float* /*sum*/, float* /*gradient*/, Worker&) const {}
};

// max(x, 0) in place. oneDNN's own makes 0 of NaN, and an overflow would pass for robustness.
void rectify(AlignedBuffer<float>& numbers);

dnnl::memory view(const onednn::Descriptor& descriptor, const void* numbers);
void reorder(const onednn::Descriptor& from, const void* source, const onednn::Descriptor& to,
             void* target, Worker& worker);

}  // namespace robust_features::layered
