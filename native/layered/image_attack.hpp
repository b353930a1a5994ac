#pragma once

#include "layered/image_ascent.hpp"

namespace robust_features::layered {

// What an attack did to one image.
struct ImageOutcome {
  const float* perturbation;  // channel by channel; valid until the lane's next image
  double loss, margin;        // cross-entropy and F_y − max F_j; NaN where nothing was judged
  bool vanished;              // every gradient met was exactly zero
};

// The images of a run, their labels, and where the outcomes go.
struct ImageQueue : ImageSource {
  std::function<std::size_t(std::size_t position)> label;
  std::function<void(std::size_t position, const ImageOutcome& outcome)> done;
};

// Gradient attacks on class scores (FGSM, PGD), one thread's part.
class ImageAttackRunner {
 public:
  explicit ImageAttackRunner(const Program& program) : program_(program), ascent_(program) {}

  // Away from the labels. With `stop_when_fooled` an image is done at its first wrong
  // classification.
  void run(const GradientAttack& attack, std::size_t position, const AttackDraws& draws, Keep keep,
           bool stop_when_fooled, const ImageQueue& queue, const Cancellation& cancellation,
           Worker& worker);

  // Toward the labels: descends on their loss and keeps the state with the least cross-entropy. An
  // image whose loss or gradient is not finite ends there, its loss NaN.
  void approach(const GradientAttack& attack, std::size_t position, const AttackDraws& draws,
                const ImageQueue& queue, const Cancellation& cancellation, Worker& worker);

 private:
  const Program& program_;
  ImageAscentRunner ascent_;
};

}  // namespace robust_features::layered
