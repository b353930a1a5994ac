#include "layered/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/random_stream.hpp"

namespace robust_features::layered {

namespace {

std::size_t capacity(const TrainingPlan& plan, const ImageData& data) {
  return std::min(plan.batch_size, data.samples);
}

double sum(const std::vector<double>& values, std::size_t count) {
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) total += values[i];
  return total;
}

double correct(const std::vector<double>& margins, std::size_t count) {
  return static_cast<double>(std::count_if(margins.begin(),
                                           margins.begin() + static_cast<std::ptrdiff_t>(count),
                                           [](double margin) { return margin > 0; }));
}

bool all_finite(const std::vector<float>& numbers) {
  return kernel_table<float>().sum_of_squares(numbers.data(), 0, numbers.size()) == 0;
}

}  // namespace

Trainer::Trainer(const Architecture& architecture, TrainingState state,
                 std::shared_ptr<const ImageData> data, TrainingPlan plan)
    : architecture_(architecture),
      state_(std::move(state)),
      data_(std::move(data)),
      plan_(std::move(plan)),
      numbers_(architecture.shape(0).numbers()),
      pass_(architecture_, capacity(plan_, *data_)),
      pixels_(capacity(plan_, *data_) * numbers_),
      losses_(capacity(plan_, *data_)),
      margins_(losses_.size()),
      worst_(losses_.size()),
      gradient_(architecture.parameter_count()) {
  if (adversarial()) {
    attacked_.emplace(architecture_, Behaviour::evaluation);
    perturbed_ = AlignedBuffer<float>(pixels_.size());
  }
}

Trainer::Advance Trainer::advance(ThreadTeam& team, double seconds, std::size_t until,
                                  const Cancellation& cancellation) {
  const auto start = std::chrono::steady_clock::now();
  Advance result{TrainingStatus::finished, {}};
  while (workers_.size() < team.threads()) workers_.push_back(pass_.program().make_worker());
  while (adversarial() && attack_workers_.size() < team.threads())
    attack_workers_.push_back(attacked_->make_worker());
  while (adversarial() && runners_.size() < team.threads()) runners_.emplace_back(*attacked_);
  while (state_.iteration < plan_.learning_rates.size()) {
    if (cancellation.cancelled()) {
      result.status = TrainingStatus::cancelled;
      return result;
    }
    select_batch();
    load_batch(team);
    if (adversarial()) attack_batch(team, cancellation);
    if (cancellation.cancelled()) continue;  // the attack may not have ended

    pass_.program().prepare(state_.parameters.data(), state_.statistics.data());
    std::fill(gradient_.begin(), gradient_.end(), 0.0f);
    const std::size_t images = batch_.size();
    const auto count = static_cast<double>(images);
    const double clean_weight = adversarial() ? plan_.clean_weight : 1;
    const auto descend = [&](const AlignedBuffer<float>& pixels, double weight, double& loss,
                             double& right) {
      pass_.run(
          {images, weight / count, pixels.data(), labels_.data(), losses_.data(), margins_.data()},
          state_.statistics.data(), gradient_.data(), team, workers_);
      loss += sum(losses_, images);
      right += correct(margins_, images);
      state_.sums.loss += weight * sum(losses_, images);
    };
    if (clean_weight > 0)
      descend(pixels_, clean_weight, state_.sums.clean_loss, state_.sums.clean_correct);
    if (clean_weight < 1)
      descend(perturbed_, 1 - clean_weight, state_.sums.adversarial_loss,
              state_.sums.adversarial_correct);
    state_.sums.images += count;
    update(plan_.learning_rates[state_.iteration]);
    const bool finite = std::isfinite(state_.sums.loss) && std::isfinite(gradient_norm_) &&
                        all_finite(state_.parameters) && all_finite(state_.statistics) &&
                        all_finite(state_.moments);
    if (state_.iteration % plan_.record_every == 0 ||
        state_.iteration == plan_.learning_rates.size() || !finite)
      result.records.push_back(record());
    if (!finite) {
      result.status = TrainingStatus::diverged;
      return result;
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if ((taken.count() > seconds || state_.iteration == until) &&
        state_.iteration < plan_.learning_rates.size()) {
      result.status = TrainingStatus::running;
      return result;
    }
  }
  return result;
}

void Trainer::select_batch() {
  const std::size_t per_epoch = (data_->samples + plan_.batch_size - 1) / plan_.batch_size;
  const std::size_t epoch = state_.iteration / per_epoch;
  if (order_epoch_ != epoch) {
    order_ = RandomStream(plan_.seed, "training/order", static_cast<std::uint32_t>(epoch))
                 .permutation(data_->samples);
    order_epoch_ = epoch;
  }
  const std::size_t first = state_.iteration % per_epoch * plan_.batch_size;
  const std::size_t last = std::min(first + plan_.batch_size, order_.size());
  batch_.assign(order_.begin() + static_cast<std::ptrdiff_t>(first),
                order_.begin() + static_cast<std::ptrdiff_t>(last));
  labels_.clear();
  for (const std::int32_t sample : batch_)
    labels_.push_back(data_->labels[static_cast<std::size_t>(sample)]);
}

void Trainer::load_batch(ThreadTeam& team) {
  const bool augments = plan_.augmentation.padding > 0 || plan_.augmentation.flip;
  constexpr std::size_t kImagesAtOnce = 16;
  team.parallel_for(
      (batch_.size() + kImagesAtOnce - 1) / kImagesAtOnce, [&](std::size_t part, std::size_t) {
        const std::size_t last = std::min((part + 1) * kImagesAtOnce, batch_.size());
        for (std::size_t i = part * kImagesAtOnce; i < last; ++i) {
          const auto sample = static_cast<std::size_t>(batch_[i]);
          const Placement placement =
              augments ? draw_placement(plan_.augmentation, plan_.seed, *order_epoch_, sample)
                       : Placement{};
          load_image(*data_, sample, placement, pixels_.data() + i * numbers_);
        }
      });
}

void Trainer::attack_batch(ThreadTeam& team, const Cancellation& cancellation) {
  attacked_->prepare(state_.parameters.data(), state_.statistics.data());
  team.parallel_for(attacked_->tiles(batch_.size()), [&](std::size_t tile, std::size_t worker) {
    const onednn::SingleThread single;
    attack_tile(tile, worker, cancellation);
  });
}

void Trainer::attack_tile(std::size_t tile, std::size_t worker, const Cancellation& cancellation) {
  const std::size_t first = tile * attacked_->tile_images();
  const std::size_t last = std::min(first + attacked_->tile_images(), batch_.size());
  const bool compared = plan_.attacks.size() > 1;
  const AttackDraws draws{plan_.seed, static_cast<std::uint32_t>(state_.iteration)};
  for (std::size_t a = 0; a < plan_.attacks.size(); ++a) {
    const GradientAttack& attack = plan_.attacks[a];
    const Keep keep = compared || attack.restarts > 1 ? Keep::last_iterate : Keep::unjudged;
    std::size_t next = first;
    ImageQueue queue;
    queue.next = [&]() -> std::optional<std::size_t> {
      return next < last ? std::optional(next++) : std::nullopt;
    };
    queue.load = [&](std::size_t at, float* pixels) {
      std::copy_n(pixels_.data() + at * numbers_, numbers_, pixels);
    };
    queue.label = [&](std::size_t at) { return static_cast<std::size_t>(labels_[at]); };
    queue.sample = [&](std::size_t at) { return static_cast<std::uint32_t>(batch_[at]); };
    queue.done = [&](std::size_t at, const ImageOutcome& outcome) {
      if (a > 0 && !is_worse_margin(-outcome.loss, -worst_[at])) return;
      worst_[at] = outcome.loss;
      kernel_table<float>().add_clamped(
          pixels_.data() + at * numbers_, outcome.perturbation, static_cast<float>(attack.lower),
          static_cast<float>(attack.upper), perturbed_.data() + at * numbers_, numbers_);
    };
    runners_[worker].run(attack, a, draws, keep, false, queue, cancellation,
                         attack_workers_[worker]);
  }
}

void Trainer::update(double learning_rate) {
  const double squares =
      kernel_table<float>().sum_of_squares(gradient_.data(), 1, gradient_.size());
  gradient_norm_ = std::sqrt(squares);
  plan_.optimizer.step(learning_rate, state_.iteration + 1, state_.parameters, gradient_,
                       state_.moments);
  ++state_.iteration;
}

TrainingRecord Trainer::record() {
  const TrainingState::Sums& s = state_.sums;
  TrainingRecord made{state_.iteration,  plan_.learning_rates[state_.iteration - 1],
                      s.loss / s.images, gradient_norm_,
                      std::nullopt,      std::nullopt};
  const double clean_weight = adversarial() ? plan_.clean_weight : 1;
  if (clean_weight > 0) made.clean = {s.clean_loss / s.images, s.clean_correct / s.images};
  if (clean_weight < 1)
    made.adversarial = {s.adversarial_loss / s.images, s.adversarial_correct / s.images};
  state_.sums = {};
  return made;
}

}  // namespace robust_features::layered
