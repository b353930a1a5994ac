#pragma once

#include <functional>
#include <optional>

#include "engine/attack.hpp"
#include "layered/program.hpp"

namespace robust_features::layered {

// Where the images of an ascent come from. `next` gives the position of an image that nobody has
// had, or nothing; the other functions are told that position.
struct ImageSource {
  std::function<std::optional<std::size_t>()> next;
  std::function<void(std::size_t position, float* pixels)> load;
  std::function<std::uint32_t(std::size_t position)> sample;  // the key of its random starts
};

inline bool all_finite(std::span<const float> numbers) {
  return kernel_table<float>().sum_of_squares(numbers.data(), 0, numbers.size()) == 0;
}

struct Judgement {
  bool better;  // than what is kept of the image
  bool done;    // takes no more steps
};

// Where an image ended.
struct Ascended {
  std::size_t lane, position;
  const float* perturbation;  // channel by channel; valid until the lane's next image
  bool judged;                // the perturbation is the best one; else the last
  bool vanished;              // every gradient met was exactly zero
};

// What an ascent climbs, how it tells a better state of an image from a worse one, and where the
// outcomes go. What it keeps of an image it keeps by lane.
class AscentObjective {
 public:
  virtual ~AscentObjective() = default;

  // Whether the state after the last step is judged as well.
  virtual bool judges() const { return true; }
  virtual void begin(std::size_t lane, std::size_t position) = 0;
  // After a forward pass; `last` where the steps from this start are taken. Writes the gradient by
  // the output that the image is to climb, zeros until then, unless it is done or at its last step.
  virtual Judgement judge(std::size_t lane, bool last, const float* output, float* gradient) = 0;
  // Whether the image goes on along this gradient by its pixels.
  virtual bool follows(std::size_t /*lane*/, std::span<const float> /*gradient*/) { return true; }
  virtual void end(const Ascended& ascended) = 0;
};

// What one run of an ascent is made of: steps, ball and starts are those of a gradient attack.
struct Ascent {
  const GradientAttack& attack;
  std::size_t position;  // of the attack in its list
  AttackDraws draws;
  const ImageSource& source;
  AscentObjective& objective;
};

// Gradient ascent in the space of images, one thread's part. Every image of a tile has a lane of
// its own: when it is done, the next one of the source takes its place, so that a tile is full
// whenever some image ended early. An image's outcome does not depend on its company.
class ImageAscentRunner {
 public:
  explicit ImageAscentRunner(const Program& program);

  std::size_t lanes() const { return lanes_.size(); }
  void run(const Ascent& ascent, const Cancellation& cancellation, Worker& worker);

 private:
  struct Lane {
    bool busy = false, steps = false;  // steps: takes an ascent step after this pass
    std::size_t position = 0, restart = 0, step = 0;
    std::uint32_t sample = 0;
    bool judged = false, seen_gradient = false;
  };

  bool fill_lanes(const Ascent& ascent);
  void restart(const Ascent& ascent, std::size_t lane);
  void draw_start(const Ascent& ascent, const Lane& lane, float* perturbation) const;
  // After a forward pass: keeps what is better, ends or restarts, or asks for a step.
  void judge(const Ascent& ascent, std::size_t lane);
  void step(const Ascent& ascent, std::size_t lane);
  void finish(const Ascent& ascent, std::size_t lane);

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
