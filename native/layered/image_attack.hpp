#pragma once

#include <functional>
#include <optional>

#include "engine/attack.hpp"
#include "layered/program.hpp"

namespace robust_features::layered {

// What an attack did to one image.
struct ImageOutcome {
  const float* perturbation;  // channel by channel; valid until the lane's next image
  double loss, margin;        // cross-entropy and F_y − max F_j; NaN where nothing was judged
  bool vanished;              // every gradient met was exactly zero
};

// Where a run's images come from and where their outcomes go. `next` gives the position of an image
// that nobody has had, or nothing; the other functions are told that position.
struct ImageQueue {
  std::function<std::optional<std::size_t>()> next;
  std::function<void(std::size_t position, float* pixels)> load;
  std::function<std::size_t(std::size_t position)> label;
  std::function<std::uint32_t(std::size_t position)> sample;  // the key of its random starts
  std::function<void(std::size_t position, const ImageOutcome& outcome)> done;
};

// Gradient ascent in the space of images (FGSM, PGD), one thread's part. Every image of a tile has
// a lane of its own: when it is done, the next one of the queue takes its place, so that a tile is
// full whenever some image fell early. An image's outcome does not depend on its company.
class ImageAttackRunner {
 public:
  explicit ImageAttackRunner(const Program& program);

  // With `stop_when_fooled` an image is done at its first wrong classification.
  void run(const GradientAttack& attack, std::size_t position, const AttackDraws& draws, Keep keep,
           bool stop_when_fooled, const ImageQueue& queue, const Cancellation& cancellation,
           Worker& worker);

 private:
  struct Lane {
    bool busy = false, steps = false;  // steps: takes an ascent step after this pass
    std::size_t position = 0, label = 0, restart = 0, step = 0;
    std::uint32_t sample = 0;
    bool judged = false, seen_gradient = false;
    double loss = 0, margin = 0;
  };
  struct Run {
    const GradientAttack& attack;
    std::size_t position;
    const AttackDraws& draws;
    Keep keep;
    bool stop_when_fooled;
    const ImageQueue& queue;
  };

  bool fill_lanes(const Run& run);
  void restart(const Run& run, std::size_t lane);
  void draw_start(const Run& run, const Lane& lane, float* perturbation) const;
  // After a forward pass: keeps what is worse, ends or restarts, or asks for a step.
  void judge(const Run& run, std::size_t lane);
  void ascend(const Run& run, std::size_t lane);
  void finish(const Run& run, std::size_t lane);

  float* part(AlignedBuffer<float>& numbers, std::size_t lane) const {
    return numbers.data() + lane * numbers_of_image_;
  }

  const Program& program_;
  std::size_t numbers_of_image_;
  Tile tile_;
  std::vector<Lane> lanes_;
  AlignedBuffer<float> images_, perturbations_, kept_;
};

}  // namespace robust_features::layered
