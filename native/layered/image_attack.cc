#include "layered/image_attack.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/random_start.hpp"

namespace robust_features::layered {

ImageAttackRunner::ImageAttackRunner(const Program& program)
    : program_(program),
      numbers_of_image_(program.architecture().shape(0).numbers()),
      tile_(program.make_tile()),
      lanes_(program.tile_images()),
      images_(lanes_.size() * numbers_of_image_),
      perturbations_(images_.size()),
      kept_(images_.size()) {}

void ImageAttackRunner::run(const GradientAttack& attack, std::size_t position,
                            const AttackDraws& draws, Keep keep, bool stop_when_fooled,
                            const ImageQueue& queue, const Cancellation& cancellation,
                            Worker& worker) {
  const Run run{attack, position, draws, keep, stop_when_fooled, queue};
  for (Lane& lane : lanes_) lane.busy = false;  // an exception may have ended the last run
  while (fill_lanes(run) && !cancellation.cancelled()) {
    program_.forward(tile_, worker);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) judge(run, lane);
    if (std::none_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.steps; }))
      continue;
    program_.backward(tile_, worker);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) ascend(run, lane);
  }
}

bool ImageAttackRunner::fill_lanes(const Run& run) {
  bool busy = false;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    if (!lane.busy) {
      const std::optional<std::size_t> next = run.queue.next();
      if (!next) continue;
      lane = Lane{};
      lane.busy = true;
      lane.position = *next;
      lane.label = run.queue.label(*next);
      lane.sample = run.queue.sample(*next);
      run.queue.load(*next, part(images_, i));
      restart(run, i);
    }
    busy = true;
  }
  return busy;
}

void ImageAttackRunner::restart(const Run& run, std::size_t index) {
  Lane& lane = lanes_[index];
  const GradientAttack& attack = run.attack;
  const KernelTable<float>& kernels = kernel_table<float>();
  float* perturbation = part(perturbations_, index);
  const float* image = part(images_, index);
  lane.step = 0;
  std::fill_n(perturbation, numbers_of_image_, 0.0f);
  if (attack.random_start || lane.restart > 0) draw_start(run, lane, perturbation);
  const auto lower = static_cast<float>(attack.lower), upper = static_cast<float>(attack.upper);
  kernels.clip_to_box(image, lower, upper, perturbation, numbers_of_image_);
  kernels.add_clamped(image, perturbation, lower, upper, part(tile_.values[0], index),
                      numbers_of_image_);
}

void ImageAttackRunner::draw_start(const Run& run, const Lane& lane, float* perturbation) const {
  const std::string name =
      "attack/" + std::to_string(run.position) + "/restart/" + std::to_string(lane.restart);
  draw_in_ball(run.attack.norm, run.attack.radius, numbers_of_image_, numbers_of_image_,
               run.draws.seed, name, lane.sample, run.draws.round, perturbation);
  project_to_ball(run.attack.norm, run.attack.radius, perturbation, numbers_of_image_);
}

void ImageAttackRunner::judge(const Run& run, std::size_t index) {
  Lane& lane = lanes_[index];
  const std::size_t classes = program_.architecture().classes();
  float* gradient = program_.score_gradient(tile_, index);
  std::fill_n(gradient, classes, 0.0f);
  lane.steps = false;
  if (!lane.busy) return;
  const float* given = program_.scores(tile_, index);
  const std::vector<double> scores(given, given + classes);
  std::vector<double> direction(classes);
  if (run.keep != Keep::unjudged) {
    const Residual now = residual(LossKind::cross_entropy, scores, lane.label, direction);
    if (!lane.judged || improves(run.keep, now, lane.margin, lane.loss)) {
      const bool only_last = run.keep == Keep::last_iterate && lane.step < run.attack.steps;
      if (!only_last) {
        lane.judged = true;
        lane.loss = now.loss;
        lane.margin = now.margin;
        std::copy_n(part(perturbations_, index), numbers_of_image_, part(kept_, index));
      }
    }
    if (run.stop_when_fooled && !(now.margin > 0)) return finish(run, index);
  }
  if (lane.step == run.attack.steps) {
    if (++lane.restart < run.attack.restarts) return restart(run, index);
    return finish(run, index);
  }
  const Residual ascended = residual(run.attack.loss, scores, lane.label, direction);
  const double scale = run.attack.rule == Rule::gradient ? ascended.scale : 1.0;
  for (std::size_t i = 0; i < classes; ++i) gradient[i] = static_cast<float>(scale * direction[i]);
  lane.steps = true;
}

void ImageAttackRunner::ascend(const Run& run, std::size_t index) {
  Lane& lane = lanes_[index];
  if (!lane.steps) return;
  const GradientAttack& attack = run.attack;
  const KernelTable<float>& kernels = kernel_table<float>();
  const float* gradient = part(tile_.gradients[0], index);
  const float* image = part(images_, index);
  float* perturbation = part(perturbations_, index);
  float* perturbed = part(tile_.values[0], index);
  const std::size_t n = numbers_of_image_;
  if (attack.rule == Rule::normalized && attack.norm == Norm::linf) {
    const auto ascent =
        sign_ascent<float>(attack.step_size, attack.radius, attack.lower, attack.upper);
    if (kernels.ascend_by_sign(ascent, gradient, image, perturbation, perturbed, n))
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
  if (run.keep == Keep::unjudged && lane.step == attack.steps) finish(run, index);
}

void ImageAttackRunner::finish(const Run& run, std::size_t index) {
  Lane& lane = lanes_[index];
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const bool vanished = run.attack.steps > 0 && !lane.seen_gradient;
  run.queue.done(lane.position, {part(lane.judged ? kept_ : perturbations_, index),
                                 lane.judged ? lane.loss : kUnknown,
                                 lane.judged ? lane.margin : kUnknown, vanished});
  lane.busy = false;
}

}  // namespace robust_features::layered
