#include "layered/image_ascent.hpp"

#include <algorithm>
#include <string>

#include "engine/random_start.hpp"

namespace robust_features::layered {

ImageAscentRunner::ImageAscentRunner(const Program& program)
    : program_(program),
      numbers_of_image_(program.architecture().shape(0).numbers()),
      tile_(program.make_tile()),
      lanes_(program.tile_images()),
      images_(lanes_.size() * numbers_of_image_),
      perturbations_(images_.size()),
      kept_(images_.size()) {}

void ImageAscentRunner::run(const Ascent& ascent, const Cancellation& cancellation,
                            Worker& worker) {
  for (Lane& lane : lanes_) lane.busy = false;  // an exception may have ended the last run
  while (fill_lanes(ascent) && !cancellation.cancelled()) {
    program_.forward(tile_, worker);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) judge(ascent, lane);
    if (std::none_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.steps; }))
      continue;
    program_.backward(tile_, worker);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) step(ascent, lane);
  }
}

bool ImageAscentRunner::fill_lanes(const Ascent& ascent) {
  bool busy = false;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    if (!lane.busy) {
      const std::optional<std::size_t> next = ascent.source.next();
      if (!next) continue;
      lane = Lane{};
      lane.busy = true;
      lane.position = *next;
      lane.sample = ascent.source.sample(*next);
      ascent.source.load(*next, part(images_, i));
      ascent.objective.begin(i, *next);
      restart(ascent, i);
    }
    busy = true;
  }
  return busy;
}

void ImageAscentRunner::restart(const Ascent& ascent, std::size_t index) {
  Lane& lane = lanes_[index];
  const GradientAttack& attack = ascent.attack;
  const KernelTable<float>& kernels = kernel_table<float>();
  float* perturbation = part(perturbations_, index);
  const float* image = part(images_, index);
  lane.step = 0;
  std::fill_n(perturbation, numbers_of_image_, 0.0f);
  if (attack.random_start || lane.restart > 0) draw_start(ascent, lane, perturbation);
  const auto lower = static_cast<float>(attack.lower), upper = static_cast<float>(attack.upper);
  kernels.clip_to_box(image, lower, upper, perturbation, numbers_of_image_);
  kernels.add_clamped(image, perturbation, lower, upper, part(tile_.values[0], index),
                      numbers_of_image_);
}

void ImageAscentRunner::draw_start(const Ascent& ascent, const Lane& lane,
                                   float* perturbation) const {
  const std::string name =
      "attack/" + std::to_string(ascent.position) + "/restart/" + std::to_string(lane.restart);
  draw_in_ball(ascent.attack.norm, ascent.attack.radius, numbers_of_image_, numbers_of_image_,
               ascent.draws.seed, name, lane.sample, ascent.draws.round, perturbation);
  project_to_ball(ascent.attack.norm, ascent.attack.radius, perturbation, numbers_of_image_);
}

void ImageAscentRunner::judge(const Ascent& ascent, std::size_t index) {
  Lane& lane = lanes_[index];
  float* gradient = program_.output_gradient(tile_, index);
  std::fill_n(gradient, program_.output_numbers(), 0.0f);
  lane.steps = false;
  if (!lane.busy) return;
  const bool last = lane.step == ascent.attack.steps;
  const auto [better, done] =
      ascent.objective.judge(index, last, program_.output(tile_, index), gradient);
  if (better) {
    lane.judged = true;
    std::copy_n(part(perturbations_, index), numbers_of_image_, part(kept_, index));
  }
  if (done) return finish(ascent, index);
  if (last) {
    if (++lane.restart < ascent.attack.restarts) return restart(ascent, index);
    return finish(ascent, index);
  }
  lane.steps = true;
}

void ImageAscentRunner::step(const Ascent& ascent, std::size_t index) {
  Lane& lane = lanes_[index];
  if (!lane.steps) return;
  const GradientAttack& attack = ascent.attack;
  const KernelTable<float>& kernels = kernel_table<float>();
  const float* gradient = part(tile_.gradients[0], index);
  const float* image = part(images_, index);
  float* perturbation = part(perturbations_, index);
  float* perturbed = part(tile_.values[0], index);
  const std::size_t n = numbers_of_image_;
  if (!ascent.objective.follows(index, {gradient, n})) return finish(ascent, index);
  if (attack.rule == Rule::normalized && attack.norm == Norm::linf) {
    const auto ascends =
        sign_ascent<float>(attack.step_size, attack.radius, attack.lower, attack.upper);
    if (kernels.ascend_by_sign(ascends, gradient, image, perturbation, perturbed, n))
      lane.seen_gradient = true;
  } else {
    if (kernels.largest_magnitude(gradient, n) > 0) lane.seen_gradient = true;
    ascend_in_ball(attack.rule, attack.norm, attack.radius, attack.step_size, gradient,
                   perturbation, n);
    const auto lower = static_cast<float>(attack.lower), upper = static_cast<float>(attack.upper);
    kernels.clip_to_box(image, lower, upper, perturbation, n);
    kernels.add_clamped(image, perturbation, lower, upper, perturbed, n);
  }
  ++lane.step;
  // Nobody asks how bad the last iterate of one restart is.
  if (!ascent.objective.judges() && lane.step == attack.steps) finish(ascent, index);
}

void ImageAscentRunner::finish(const Ascent& ascent, std::size_t index) {
  Lane& lane = lanes_[index];
  ascent.objective.end({index, lane.position, part(lane.judged ? kept_ : perturbations_, index),
                        lane.judged, ascent.attack.steps > 0 && !lane.seen_gradient});
  lane.busy = lane.steps = false;
}

}  // namespace robust_features::layered
