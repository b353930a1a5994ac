#pragma once

#include <algorithm>

#include "engine/aligned_buffer.hpp"
#include "engine/thread_team.hpp"
#include "engine/tile_plan.hpp"
#include "kernels/kernel_table.hpp"

namespace robust_features {

// One weight gradient per chunk, added up chunk by chunk in a fixed order: the sum does not depend
// on which worker did which chunk.
template <class T>
class ChunkGradients {
 public:
  ChunkGradients(std::size_t chunks, std::size_t rows, std::size_t columns)
      : rows_(rows), columns_(columns), numbers_(chunks * rows * columns) {}

  T* chunk(std::size_t index) { return numbers_.data() + index * rows_ * columns_; }
  void clear(std::size_t index) { std::fill_n(chunk(index), rows_ * columns_, T(0)); }

  // gradient (rows × columns) = Σ_{c < chunks} chunk(c)
  void reduce(ThreadTeam& team, std::size_t chunks, T* gradient) {
    team.parallel_for(rows_, [&](std::size_t row, std::size_t) {
      T* out = gradient + row * columns_;
      std::fill_n(out, columns_, T(0));
      for (std::size_t c = 0; c < chunks; ++c) {
        kernel_table<T>().add_scaled(T(1), chunk(c) + row * columns_, out, columns_);
      }
    });
  }

 private:
  std::size_t rows_, columns_;
  AlignedBuffer<T> numbers_;
};

}  // namespace robust_features
