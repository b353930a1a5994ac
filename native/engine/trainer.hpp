#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/attack_suite.hpp"
#include "engine/batch.hpp"
#include "engine/cancellation.hpp"
#include "engine/chunk_gradients.hpp"
#include "engine/thread_team.hpp"
#include "engine/tile_plan.hpp"
#include "engine/training_status.hpp"

namespace robust_features {

struct TrainingPlan {
  std::vector<Attack> attacks;  // empty: standard training
  double clean_weight = 0;
  std::vector<double> learning_rates;  // one per iteration
  double momentum = 0;
  std::size_t batch_size = 0;  // 0: full batch
  std::uint64_t seed = 0;
  std::size_t record_every = 1;
  std::vector<double> probes;  // rows × dimension
};

struct TrainingRecord {
  std::size_t iteration;
  double learning_rate;
  double loss, gradient_norm;
  struct Measured {
    double loss, accuracy;
  };
  Measured clean;                       // of all samples
  std::optional<Measured> adversarial;  // of the batch, where there are attacks
  std::vector<double> probe_products;   // filters × probe rows
};

// Gradient descent with momentum on the mean of λ · loss(X) + (1 − λ) · loss(X + Δ), Δ the worst
// per sample of the plan's attacks:  v ← μ v + g,  w ← w − η_t v. It owns weights, velocity and a
// reference to the data. A record at iteration t describes the weights before update t; the last
// one describes the final weights.
template <class T>
class Trainer {
 public:
  Trainer(NetworkShape shape, Activation<T> activation, std::vector<T> weights,
          std::vector<T> velocity, std::size_t iteration, std::shared_ptr<const PatchData<T>> data,
          TrainingPlan plan);
  ~Trainer();

  struct Advance {
    TrainingStatus status;
    std::vector<TrainingRecord> records;
  };
  // Runs iterations until the plan ends, the loss is no longer finite, cancellation, about
  // `seconds`, or iteration `until` comes.
  Advance advance(ThreadTeam& team, double seconds, std::size_t until,
                  const Cancellation& cancellation);

  std::size_t iteration() const { return iteration_; }
  const std::vector<T>& weights() const { return weights_; }
  const std::vector<T>& velocity() const { return velocity_; }

 private:
  struct Worker;
  struct Pass {
    double objective, gradient_norm;
    std::optional<TrainingRecord::Measured> clean, adversarial;  // of the batch, where computed
  };

  bool adversarial() const { return !plan_.attacks.empty(); }
  std::size_t batches_per_epoch() const;
  void select_batch();
  TileSamples<T> load_tile(TilePlan::Range samples, Worker& worker) const;
  void differentiate_tile(TilePlan::Range samples, std::size_t chunk, bool measure_clean,
                          const Cancellation& cancellation, Worker& worker);
  void differentiate_adversarial(const TileSamples<T>& tile, std::size_t first, std::size_t chunk,
                                 const Cancellation& cancellation, Worker& worker);
  // Loss and margin of what `worker.pass` has just sent forward, then its weight gradient.
  void judge(Worker& worker, const TileSamples<T>& tile, double* loss, double* margin) const;
  void accumulate(Worker& worker, double weight, std::size_t chunk);
  // A recorded full batch has its clean loss measured on the way.
  Pass differentiate(bool recorded, ThreadTeam& team, const Cancellation& cancellation);
  TrainingRecord record(const Pass& pass, ThreadTeam& team, const Cancellation& cancellation) const;
  void update();

  NetworkShape shape_;
  std::vector<T> weights_, velocity_;
  PreparedNetwork<T> network_;
  std::size_t iteration_;
  std::shared_ptr<const PatchData<T>> data_;
  TrainingPlan plan_;
  AlignedBuffer<T> probes_;
  AttackSuite<T> suite_;
  TilePlan full_batch_;
  ChunkGradients<T> chunks_;
  ChunkGradients<T> coefficient_chunks_;  // filters × basis columns, where the suite is in span
  AlignedBuffer<T> gradient_, coefficient_gradient_;
  std::vector<std::int32_t> order_;  // of the epoch order_epoch_
  std::optional<std::size_t> order_epoch_;
  std::span<const std::int32_t> batch_;  // of this iteration, into order_
  std::vector<Worker> workers_;          // kept from one call of `advance` to the next
  std::vector<double> clean_loss_, clean_margin_, adversarial_loss_, adversarial_margin_;
};

}  // namespace robust_features
