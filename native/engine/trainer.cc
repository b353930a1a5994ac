#include "engine/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "engine/blas.hpp"
#include "engine/random_stream.hpp"

namespace robust_features {

namespace {

double mean(const std::vector<double>& values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += values[i];
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

// Share of samples classified correctly; ties and NaN count as errors.
double accuracy(const std::vector<double>& margins, std::size_t count) {
  std::size_t correct = 0;
  for (std::size_t i = 0; i < count; ++i) correct += margins[i] > 0 ? 1 : 0;
  return count == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(count);
}

std::size_t batch_capacity(const TrainingPlan& plan, std::size_t samples) {
  return plan.batch_size == 0 ? samples : std::min(plan.batch_size, samples);
}

}  // namespace

// One thread's buffers for a tile.
template <class T>
struct Trainer<T>::Worker {
  TilePass<T> pass;
  AttackWorker<T> attacks;
  std::unique_ptr<TileOutcome<T>> outcome;  // one of the two in adversarial training
  std::unique_ptr<SpanOutcome<T>> span_outcome;
  AlignedBuffer<T> gathered, perturbed;
  std::vector<std::int32_t> labels;

  Worker(const Trainer& trainer)
      : Worker(trainer, trainer.full_batch_.samples_per_tile, trainer.data_->geometry) {}

 private:
  Worker(const Trainer& trainer, std::size_t capacity, const PatchGeometry& geometry)
      : pass(geometry, trainer.shape_, capacity),
        attacks(trainer.suite_, geometry, trainer.shape_, capacity),
        gathered(trainer.plan_.batch_size == 0 ? 0 : capacity * geometry.input_size),
        perturbed(trainer.adversarial() ? capacity * geometry.input_size : 0),
        labels(capacity) {
    if (trainer.suite_.in_span()) {
      span_outcome = std::make_unique<SpanOutcome<T>>(capacity, geometry, trainer.shape_,
                                                      trainer.suite_.basis().columns(),
                                                      trainer.suite_.random_starts());
    } else if (trainer.adversarial()) {
      outcome = std::make_unique<TileOutcome<T>>(capacity, geometry.input_size);
    }
  }
};

template <class T>
Trainer<T>::Trainer(NetworkShape shape, Activation<T> activation, std::vector<T> weights,
                    std::vector<T> velocity, std::size_t iteration,
                    std::shared_ptr<const PatchData<T>> data, TrainingPlan plan)
    : shape_(shape),
      weights_(std::move(weights)),
      velocity_(std::move(velocity)),
      network_(shape, activation),
      iteration_(iteration),
      data_(std::move(data)),
      plan_(std::move(plan)),
      probes_(plan_.probes.size()),
      suite_(plan_.attacks, shape, data_->geometry),
      full_batch_(batch_capacity(plan_, data_->samples), data_->geometry.patches,
                  data_->geometry.dimension, shape.filters()),
      chunks_(full_batch_.chunks, shape.filters(), shape.dimension),
      coefficient_chunks_(suite_.in_span() ? full_batch_.chunks : 0, shape.filters(),
                          suite_.in_span() ? suite_.basis().columns() : 0),
      gradient_(shape.weights()),
      coefficient_gradient_(suite_.in_span() ? shape.filters() * suite_.basis().columns() : 0),
      clean_loss_(full_batch_.samples),
      clean_margin_(full_batch_.samples),
      adversarial_loss_(full_batch_.samples),
      adversarial_margin_(full_batch_.samples) {
  for (std::size_t i = 0; i < probes_.size(); ++i) probes_[i] = static_cast<T>(plan_.probes[i]);
}

template <class T>
Trainer<T>::~Trainer() = default;

template <class T>
std::size_t Trainer<T>::batches_per_epoch() const {
  return plan_.batch_size == 0 ? 1 : (data_->samples + plan_.batch_size - 1) / plan_.batch_size;
}

template <class T>
void Trainer<T>::select_batch() {
  const std::size_t epoch = iteration_ / batches_per_epoch();
  if (plan_.batch_size == 0) {
    if (!order_epoch_) {
      order_.resize(data_->samples);
      std::iota(order_.begin(), order_.end(), 0);
      order_epoch_ = 0;
    }
    batch_ = order_;
    return;
  }
  if (order_epoch_ != epoch) {
    order_ = RandomStream(plan_.seed, "training/order", static_cast<std::uint32_t>(epoch))
                 .permutation(data_->samples);
    order_epoch_ = epoch;
  }
  const std::size_t first = iteration_ % batches_per_epoch() * plan_.batch_size;
  batch_ = std::span<const std::int32_t>(order_).subspan(
      first, std::min(plan_.batch_size, order_.size() - first));
}

template <class T>
TileSamples<T> Trainer<T>::load_tile(TilePlan::Range samples, Worker& worker) const {
  const std::size_t length = data_->geometry.input_size;
  const std::span<const std::int32_t> indices = batch_.subspan(samples.first, samples.size());
  const T* inputs = data_->inputs.data() + samples.first * length;
  if (plan_.batch_size != 0) {
    for (std::size_t s = 0; s < indices.size(); ++s) {
      std::copy_n(data_->input(static_cast<std::size_t>(indices[s])), length,
                  worker.gathered.data() + s * length);
    }
    inputs = worker.gathered.data();
  }
  for (std::size_t s = 0; s < indices.size(); ++s) {
    worker.labels[s] = data_->labels[static_cast<std::size_t>(indices[s])];
  }
  return {inputs, std::span<const std::int32_t>(worker.labels).first(indices.size()), indices};
}

template <class T>
void Trainer<T>::judge(Worker& worker, const TileSamples<T>& tile, double* loss,
                       double* margin) const {
  worker.pass.residuals(LossKind::cross_entropy, tile.labels);
  for (std::size_t s = 0; s < tile.size(); ++s) {
    loss[s] = worker.pass.residuals()[s].loss;
    margin[s] = worker.pass.residuals()[s].margin;
  }
}

template <class T>
void Trainer<T>::accumulate(Worker& worker, double weight, std::size_t chunk) {
  worker.pass.slopes(network_, TilePass<T>::Scaling::loss,
                     weight / static_cast<double>(batch_.size()), 0);
  worker.pass.accumulate_weight_gradient(chunks_.chunk(chunk));
}

template <class T>
void Trainer<T>::differentiate_adversarial(const TileSamples<T>& tile, std::size_t first,
                                           std::size_t chunk, const Cancellation& cancellation,
                                           Worker& worker) {
  const std::size_t numbers = tile.size() * data_->geometry.input_size;
  const AttackDraws draws{plan_.seed, static_cast<std::uint32_t>(iteration_)};
  const double weight = 1 - plan_.clean_weight;
  double* loss = adversarial_loss_.data() + first;
  double* margin = adversarial_margin_.data() + first;
  if (!suite_.in_span()) {
    worker.attacks.run_worst(network_, tile, draws, cancellation, worker.pass, *worker.outcome);
    if (cancellation.cancelled()) return;
    apply_perturbation(tile.inputs, worker.outcome->perturbation.data(),
                       attack_lower(plan_.attacks[0]), attack_upper(plan_.attacks[0]),
                       worker.perturbed.data(), numbers);
    worker.pass.forward(network_, worker.perturbed.data(), tile.size());
    judge(worker, tile, loss, margin);
    accumulate(worker, weight, chunk);
    return;
  }
  // With X̃ = X + start + C B the gradient Dᵀ X̃ is Dᵀ (X + start) + (Dᵀ C) B; the product with B
  // waits for the sum.
  SpanOutcome<T>& outcome = *worker.span_outcome;
  worker.attacks.run_worst_in_span(network_, tile, draws, cancellation, worker.pass, outcome);
  if (cancellation.cancelled()) return;
  const T* points = tile.inputs;
  if (outcome.start.size() > 0) {
    kernel_table<T>().add(tile.inputs, outcome.start.data(), worker.perturbed.data(), numbers);
    points = worker.perturbed.data();
  }
  worker.pass.resume(outcome.z.data(), outcome.scores, points, tile.size());
  judge(worker, tile, loss, margin);
  accumulate(worker, weight, chunk);
  worker.pass.accumulate_coefficient_gradient(outcome.coefficients.data(), suite_.basis().columns(),
                                              coefficient_chunks_.chunk(chunk));
}

template <class T>
void Trainer<T>::differentiate_tile(TilePlan::Range samples, std::size_t chunk, bool measure_clean,
                                    const Cancellation& cancellation, Worker& worker) {
  TileSamples<T> tile = load_tile(samples, worker);
  const double clean_weight = adversarial() ? plan_.clean_weight : 1;
  if (measure_clean || clean_weight > 0) {
    if (adversarial()) {
      worker.attacks.pass_unperturbed(network_, tile, worker.pass);
      worker.pass.forward_from_z(network_, tile.z, tile.inputs, tile.size());
    } else {
      worker.pass.forward(network_, tile.inputs, tile.size());
    }
    judge(worker, tile, clean_loss_.data() + samples.first, clean_margin_.data() + samples.first);
    if (clean_weight > 0) accumulate(worker, clean_weight, chunk);
  }
  if (adversarial()) differentiate_adversarial(tile, samples.first, chunk, cancellation, worker);
}

template <class T>
typename Trainer<T>::Pass Trainer<T>::differentiate(bool recorded, ThreadTeam& team,
                                                    const Cancellation& cancellation) {
  select_batch();
  network_.update(weights_.data());
  suite_.prepare(network_);
  const TilePlan plan = full_batch_.shortened(batch_.size());
  const bool measure_clean = recorded && plan_.batch_size == 0;
  team.parallel_for(plan.chunks, [&](std::size_t chunk, std::size_t worker) {
    chunks_.clear(chunk);
    coefficient_chunks_.clear(chunk);
    const TilePlan::Range tiles = plan.tiles_of_chunk(chunk);
    for (std::size_t tile = tiles.first; tile < tiles.last && !cancellation.cancelled(); ++tile) {
      differentiate_tile(plan.samples_of_tile(tile), chunk, measure_clean, cancellation,
                         workers_[worker]);
    }
  });
  chunks_.reduce(team, plan.chunks, gradient_.data());
  if (suite_.in_span()) {
    coefficient_chunks_.reduce(team, plan.chunks, coefficient_gradient_.data());
    suite_.basis().accumulate(shape_.filters(), coefficient_gradient_.data(), gradient_.data());
  }

  Pass pass{0, l2_norm(gradient_.data(), gradient_.size()), std::nullopt, std::nullopt};
  const double clean_weight = adversarial() ? plan_.clean_weight : 1;
  if (measure_clean || clean_weight > 0) {
    pass.clean = {mean(clean_loss_, batch_.size()), accuracy(clean_margin_, batch_.size())};
    if (clean_weight > 0) pass.objective += clean_weight * pass.clean->loss;
  }
  if (adversarial()) {
    pass.adversarial = {mean(adversarial_loss_, batch_.size()),
                        accuracy(adversarial_margin_, batch_.size())};
    pass.objective += (1 - clean_weight) * pass.adversarial->loss;
  }
  return pass;
}

template <class T>
TrainingRecord Trainer<T>::record(const Pass& pass, ThreadTeam& team,
                                  const Cancellation& cancellation) const {
  const std::size_t rates = plan_.learning_rates.size();
  TrainingRecord record{iteration_,
                        rates == 0 ? 0 : plan_.learning_rates[std::min(iteration_, rates - 1)],
                        pass.objective,
                        pass.gradient_norm,
                        {},
                        pass.adversarial,
                        {}};
  if (pass.clean && plan_.batch_size == 0) {
    record.clean = *pass.clean;
  } else {
    const ForwardResult clean =
        forward<T>(network_, *data_, static_cast<const T*>(nullptr), team, cancellation);
    record.clean = {mean(clean.loss, data_->samples), accuracy(clean.margin, data_->samples)};
  }
  const std::size_t rows = probes_.size() / shape_.dimension;
  AlignedBuffer<T> products(shape_.filters() * rows);
  blas::product_nt(shape_.filters(), rows, shape_.dimension, weights_.data(), shape_.dimension,
                   probes_.data(), products.data(), rows);
  record.probe_products.assign(products.data(), products.data() + products.size());
  return record;
}

template <class T>
void Trainer<T>::update() {
  const auto rate = static_cast<T>(plan_.learning_rates[iteration_]);
  const KernelTable<T>& kernels = kernel_table<T>();
  if (plan_.momentum != 0) {
    kernels.scale(static_cast<T>(plan_.momentum), velocity_.data(), velocity_.size());
    kernels.add_scaled(T(1), gradient_.data(), velocity_.data(), velocity_.size());
    kernels.add_scaled(-rate, velocity_.data(), weights_.data(), weights_.size());
  } else {
    kernels.add_scaled(-rate, gradient_.data(), weights_.data(), weights_.size());
  }
}

template <class T>
typename Trainer<T>::Advance Trainer<T>::advance(ThreadTeam& team, double seconds,
                                                 std::size_t until,
                                                 const Cancellation& cancellation) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  while (workers_.size() < team.threads()) workers_.emplace_back(*this);

  Advance advance{TrainingStatus::running, {}};
  const std::size_t last = plan_.learning_rates.size();
  while (advance.status == TrainingStatus::running) {
    const bool recorded = iteration_ % plan_.record_every == 0 || iteration_ == last;
    const Pass pass = differentiate(recorded, team, cancellation);
    const bool finite = std::isfinite(pass.objective) && std::isfinite(pass.gradient_norm);
    // Read once after the work it may have cut short: a record must not come again when training
    // goes on.
    bool cancelled = cancellation.cancelled();
    if (!cancelled && (recorded || !finite)) {
      TrainingRecord now = record(pass, team, cancellation);
      cancelled = cancellation.cancelled();
      if (!cancelled) advance.records.push_back(std::move(now));
    }
    if (cancelled)
      advance.status = TrainingStatus::cancelled;
    else if (!finite)
      advance.status = TrainingStatus::diverged;
    else if (iteration_ == last)
      advance.status = TrainingStatus::finished;
    else {
      update();
      ++iteration_;
      // The last iteration has its record still to come.
      if (iteration_ == until && iteration_ < last) break;
      if (std::chrono::duration<double>(Clock::now() - started).count() >= seconds) break;
    }
  }
  return advance;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace robust_features
