#pragma once

#include <memory>
#include <optional>

#include "engine/thread_team.hpp"
#include "engine/training_status.hpp"
#include "layered/image_attack.hpp"
#include "layered/image_data.hpp"
#include "layered/optimizer.hpp"
#include "layered/training_pass.hpp"

namespace robust_features::layered {

struct TrainingPlan {
  std::vector<GradientAttack> attacks;  // empty: standard training
  double clean_weight = 0;
  std::vector<double> learning_rates;  // one per iteration
  Optimizer optimizer;
  std::size_t batch_size = 1;
  Augmentation augmentation;
  std::uint64_t seed = 0;
  std::size_t record_every = 1;
};

// Means over the images trained on since the last record.
struct TrainingRecord {
  std::size_t iteration;  // updates done
  double learning_rate;   // of the last update
  double loss;            // the objective
  double gradient_norm;   // of the last update, before weight decay
  struct Measured {
    double loss, accuracy;
  };
  std::optional<Measured> clean, adversarial;  // where such images were trained on
};

// All that a run needs to go on with the same bits.
struct TrainingState {
  std::size_t iteration = 0;
  std::vector<float> parameters, statistics, moments;
  // Since the last record: images, and their losses and correct classifications.
  struct Sums {
    double images = 0, loss = 0, clean_loss = 0, clean_correct = 0, adversarial_loss = 0,
           adversarial_correct = 0;
  } sums;
};

// Mini-batch descent on the mean of λ · loss(x) + (1 − λ) · loss(x + δ), δ the worst per image of
// the plan's attacks. Attacks meet the network as it is evaluated, with its running statistics;
// updates use the mini-batch's.
class Trainer {
 public:
  Trainer(const Architecture& architecture, TrainingState state,
          std::shared_ptr<const ImageData> data, TrainingPlan plan);

  struct Advance {
    TrainingStatus status;
    std::vector<TrainingRecord> records;
  };
  // Runs updates until the plan ends, a parameter is no longer finite, cancellation, about
  // `seconds`, or `until` updates are done.
  Advance advance(ThreadTeam& team, double seconds, std::size_t until,
                  const Cancellation& cancellation);

  const TrainingState& state() const { return state_; }

 private:
  void select_batch();
  void load_batch(ThreadTeam& team);
  void attack_batch(ThreadTeam& team, const Cancellation& cancellation);
  void attack_tile(std::size_t tile, std::size_t worker, const Cancellation& cancellation);
  void update(double learning_rate);
  TrainingRecord record();
  bool adversarial() const { return !plan_.attacks.empty() && plan_.clean_weight < 1; }

  Architecture architecture_;
  TrainingState state_;
  std::shared_ptr<const ImageData> data_;
  TrainingPlan plan_;
  std::size_t numbers_;  // of an image
  TrainingPass pass_;
  std::optional<Program> attacked_;
  std::vector<ImageAttackRunner> runners_;
  std::vector<Worker> workers_, attack_workers_;
  std::vector<std::int32_t> order_;
  std::optional<std::size_t> order_epoch_;
  std::vector<std::int32_t> batch_, labels_;
  AlignedBuffer<float> pixels_, perturbed_;
  std::vector<double> losses_, margins_, worst_;
  std::vector<float> gradient_;
  double gradient_norm_ = 0;
};

}  // namespace robust_features::layered
