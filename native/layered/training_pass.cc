#include "layered/training_pass.hpp"

#include <algorithm>

#include "kernels/softmax.hpp"

namespace robust_features::layered {

namespace {

// Every chunk holds a gradient; more would balance no better.
constexpr std::size_t kMostChunks = 16;

}  // namespace

TrainingPass::TrainingPass(const Architecture& architecture, std::size_t capacity)
    : program_(architecture, Behaviour::training),
      capacity_(capacity),
      chunks_(std::min(kMostChunks, program_.tiles(capacity))),
      unpacked_(architecture.parameter_count()) {
  sums_ = AlignedBuffer<float>(chunks_ * program_.gradient_numbers());
  for (std::size_t s = 0; s < program_.stages().size(); ++s) {
    if (program_.normalization(s) != nullptr)
      program_.normalization(s)->reserve(program_.tiles(capacity));
  }
}

void TrainingPass::run(const Batch& batch, float* statistics, float* gradient, ThreadTeam& team,
                       std::vector<Worker>& workers) {
  const std::size_t tiles = program_.tiles(batch.images);
  const std::size_t chunks = std::min(chunks_, tiles);
  const std::size_t stages = program_.stages().size();
  const std::size_t stored = program_.synchronizes() ? program_.tiles(capacity_) : team.threads();
  while (tiles_.size() < stored) tiles_.push_back(program_.make_tile());

  const auto for_tiles = [&](const auto& body) {
    team.parallel_for(chunks, [&](std::size_t chunk, std::size_t worker) {
      const onednn::SingleThread single;
      for (std::size_t t = chunk * tiles / chunks; t < (chunk + 1) * tiles / chunks; ++t)
        body(t, chunk, tile(t, worker), workers[worker]);
    });
  };

  std::fill_n(sums_.data(), chunks * program_.gradient_numbers(), 0.0f);
  std::size_t reached = 0, reduced = stages;
  while (reached < stages) {
    const std::size_t end = next_normalization(reached == reduced ? reached + 1 : reached);
    for_tiles([&](std::size_t t, std::size_t chunk, Tile& tile, Worker& worker) {
      if (reached == 0 && reduced == stages) load(batch, t, tile);
      for (std::size_t s = reached; s < end; ++s) program_.stages()[s]->forward(tile, worker);
      if (end < stages) return program_.normalization(end)->collect(tile, t);
      judge(batch, t, tile);
      go_back(stages, t, chunk, tile, worker);
    });
    if (end < stages) program_.normalization(end)->reduce(tiles, statistics);
    reached = reduced = end;
  }
  for (std::size_t at = last_normalization(stages); at < stages; at = last_normalization(at)) {
    program_.normalization(at)->reduce_gradient(tiles, gradient);
    for_tiles([&](std::size_t t, std::size_t chunk, Tile& tile, Worker& worker) {
      program_.stages()[at]->backward(tile, worker, nullptr);
      go_back(at, t, chunk, tile, worker);
    });
  }
  add_up(chunks, gradient);
}

std::size_t TrainingPass::next_normalization(std::size_t stage) const {
  while (stage < program_.stages().size() && program_.normalization(stage) == nullptr) ++stage;
  return stage;
}

std::size_t TrainingPass::last_normalization(std::size_t before) const {
  while (before > 0 && program_.normalization(before - 1) == nullptr) --before;
  return before > 0 ? before - 1 : program_.stages().size();
}

// From before stage `from` to the last batch normalisation there, which then has to see all tiles.
void TrainingPass::go_back(std::size_t from, std::size_t index, std::size_t chunk, Tile& tile,
                           Worker& worker) {
  float* sum = sums_.data() + chunk * program_.gradient_numbers();
  for (std::size_t s = from; s-- > 0;) {
    if (program_.normalization(s) != nullptr)
      return program_.normalization(s)->collect_gradient(tile, index);
    program_.stages()[s]->backward(tile, worker, sum + program_.gradient_offset(s));
  }
}

void TrainingPass::load(const Batch& batch, std::size_t index, Tile& tile) const {
  const std::size_t numbers = program_.architecture().shape(0).numbers();
  const std::size_t first = index * program_.tile_images();
  tile.images = std::min(program_.tile_images(), batch.images - first);
  float* pixels = tile.values[0].data();
  std::copy_n(batch.pixels + first * numbers, tile.images * numbers, pixels);
  // Filling repeats an image: its values are finite where that one's are, so that its gradients,
  // which are zero, add nothing.
  for (std::size_t i = tile.images; i < program_.tile_images(); ++i)
    std::copy_n(pixels, numbers, pixels + i * numbers);
}

void TrainingPass::judge(const Batch& batch, std::size_t index, Tile& tile) const {
  const std::size_t classes = program_.architecture().classes();
  tile.gradients.back().clear();
  std::vector<double> scores(classes), direction(classes);
  for (std::size_t i = 0; i < tile.images; ++i) {
    const std::size_t image = index * program_.tile_images() + i;
    std::copy_n(program_.output(tile, i), classes, scores.begin());
    const Residual found = residual(LossKind::cross_entropy, scores,
                                    static_cast<std::size_t>(batch.labels[image]), direction);
    batch.losses[image] = found.loss;
    batch.margins[image] = found.margin;
    float* gradient = program_.output_gradient(tile, i);
    for (std::size_t c = 0; c < classes; ++c)
      gradient[c] = static_cast<float>(batch.weight * found.scale * direction[c]);
  }
}

void TrainingPass::add_up(std::size_t chunks, float* gradient) {
  const KernelTable<float>& kernels = kernel_table<float>();
  const std::size_t numbers = program_.gradient_numbers();
  for (std::size_t c = 1; c < chunks; ++c)
    kernels.add(sums_.data(), sums_.data() + c * numbers, sums_.data(), numbers);
  program_.unpack_gradient(sums_.data(), unpacked_.data());
  kernels.add(gradient, unpacked_.data(), gradient, unpacked_.size());
}

}  // namespace robust_features::layered
