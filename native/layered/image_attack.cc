#include "layered/image_attack.hpp"

#include <cmath>
#include <limits>

namespace robust_features::layered {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// What attacks on class scores have in common: a label and the kept loss and margin of every lane.
class ScoreObjective : public AscentObjective {
 public:
  ScoreObjective(const GradientAttack& attack, std::size_t classes, std::size_t lanes,
                 const ImageQueue& queue)
      : attack_(attack), queue_(queue), lanes_(lanes), scores_(classes), direction_(classes) {}

  void begin(std::size_t lane, std::size_t position) override {
    lanes_[lane] = {queue_.label(position), false, kUnknown, kUnknown};
  }

  void end(const Ascended& ascended) override {
    const Lane& lane = lanes_[ascended.lane];
    queue_.done(ascended.position,
                {ascended.perturbation, lane.loss, lane.margin, ascended.vanished});
  }

 protected:
  struct Lane {
    std::size_t label;
    bool judged;
    double loss, margin;
  };

  Lane& lane(std::size_t index) { return lanes_[index]; }
  void read(const float* output) { scores_.assign(output, output + scores_.size()); }
  Residual residual_of(LossKind kind, const Lane& lane) {
    return residual(kind, scores_, lane.label, direction_);
  }
  static void keep(Lane& lane, const Residual& now) {
    lane.judged = true;
    lane.loss = now.loss;
    lane.margin = now.margin;
  }
  // The gradient of the attack's loss, times `sign`.
  void climb(const Lane& lane, double sign, float* gradient) {
    const Residual ascended = residual_of(attack_.loss, lane);
    const double scale = attack_.rule == Rule::gradient ? sign * ascended.scale : sign;
    for (std::size_t i = 0; i < direction_.size(); ++i)
      gradient[i] = static_cast<float>(scale * direction_[i]);
  }

 private:
  const GradientAttack& attack_;
  const ImageQueue& queue_;
  std::vector<Lane> lanes_;
  std::vector<double> scores_, direction_;
};

class AwayFromLabels final : public ScoreObjective {
 public:
  AwayFromLabels(const GradientAttack& attack, std::size_t classes, std::size_t lanes,
                 const ImageQueue& queue, Keep keep, bool stop_when_fooled)
      : ScoreObjective(attack, classes, lanes, queue),
        keep_(keep),
        stop_when_fooled_(stop_when_fooled) {}

  bool judges() const override { return keep_ != Keep::unjudged; }

  Judgement judge(std::size_t index, bool last, const float* output, float* gradient) override {
    Lane& state = lane(index);
    read(output);
    Judgement judgement{false, false};
    if (judges()) {
      const Residual now = residual_of(LossKind::cross_entropy, state);
      const bool comes_into_question = keep_ != Keep::last_iterate || last;
      judgement.better =
          comes_into_question && (!state.judged || improves(keep_, now, state.margin, state.loss));
      if (judgement.better) keep(state, now);
      judgement.done = stop_when_fooled_ && !(now.margin > 0);
    }
    if (!judgement.done && !last) climb(state, 1, gradient);
    return judgement;
  }

 private:
  Keep keep_;
  bool stop_when_fooled_;
};

class TowardLabels final : public ScoreObjective {
 public:
  using ScoreObjective::ScoreObjective;

  Judgement judge(std::size_t index, bool last, const float* output, float* gradient) override {
    Lane& state = lane(index);
    read(output);
    const Residual now = residual_of(LossKind::cross_entropy, state);
    if (!std::isfinite(now.loss)) {
      state.loss = kUnknown;
      return {false, true};
    }
    const bool better = !state.judged || now.loss < state.loss;
    if (better) keep(state, now);
    if (!last) climb(state, -1, gradient);
    return {better, false};
  }

  bool follows(std::size_t index, std::span<const float> gradient) override {
    if (all_finite(gradient)) return true;
    lane(index).loss = kUnknown;
    return false;
  }
};

}  // namespace

void ImageAttackRunner::run(const GradientAttack& attack, std::size_t position,
                            const AttackDraws& draws, Keep keep, bool stop_when_fooled,
                            const ImageQueue& queue, const Cancellation& cancellation,
                            Worker& worker) {
  AwayFromLabels objective(attack, program_.architecture().classes(), ascent_.lanes(), queue, keep,
                           stop_when_fooled);
  ascent_.run({attack, position, draws, queue, objective}, cancellation, worker);
}

void ImageAttackRunner::approach(const GradientAttack& attack, std::size_t position,
                                 const AttackDraws& draws, const ImageQueue& queue,
                                 const Cancellation& cancellation, Worker& worker) {
  TowardLabels objective(attack, program_.architecture().classes(), ascent_.lanes(), queue);
  ascent_.run({attack, position, draws, queue, objective}, cancellation, worker);
}

}  // namespace robust_features::layered
