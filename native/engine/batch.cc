#include "engine/batch.hpp"

#include <numeric>
#include <span>

#include "engine/chunk_gradients.hpp"
#include "engine/tile_plan.hpp"

namespace robust_features {

namespace {

TilePlan plan_for(const NetworkShape& shape, const PatchGeometry& geometry, std::size_t samples) {
  return {samples, geometry.patches, geometry.dimension, shape.filters()};
}

// What one worker needs to send tiles through the network.
template <class T>
struct TileWorker {
  TilePass<T> pass;
  AlignedBuffer<T> perturbed;

  TileWorker(const PatchData<T>& data, const NetworkShape& shape, std::size_t capacity,
             bool perturbing)
      : pass(data.geometry, shape, capacity),
        perturbed(perturbing ? capacity * data.geometry.input_size : 0) {}

  void forward(const PreparedNetwork<T>& network, const PatchData<T>& data, TilePlan::Range samples,
               const T* perturbation) {
    const T* inputs = data.input(samples.first);
    if (perturbation != nullptr) {
      const std::size_t length = data.geometry.input_size;
      kernel_table<T>().add(inputs, perturbation + samples.first * length, perturbed.data(),
                            samples.size() * length);
      inputs = perturbed.data();
    }
    pass.forward(network, inputs, samples.size());
  }

  std::span<const std::int32_t> labels(const PatchData<T>& data, TilePlan::Range samples) const {
    return {data.labels.data() + samples.first, samples.size()};
  }
};

template <class T>
std::vector<TileWorker<T>> make_workers(const ThreadTeam& team, const PatchData<T>& data,
                                        const NetworkShape& shape, const TilePlan& plan,
                                        bool perturbing) {
  std::vector<TileWorker<T>> workers;
  workers.reserve(team.threads());
  for (std::size_t i = 0; i < team.threads(); ++i) {
    workers.emplace_back(data, shape, plan.samples_per_tile, perturbing);
  }
  return workers;
}

}  // namespace

template <class T>
ForwardResult forward(const PreparedNetwork<T>& network, const PatchData<T>& data,
                      const T* perturbation, ThreadTeam& team, const Cancellation& cancellation) {
  const TilePlan plan = plan_for(network.shape, data.geometry, data.samples);
  const std::size_t classes = network.shape.classes;
  ForwardResult result{std::vector<double>(data.samples * classes),
                       std::vector<double>(data.samples), std::vector<double>(data.samples)};
  auto workers = make_workers(team, data, network.shape, plan, perturbation != nullptr);
  team.parallel_for(plan.tiles, [&](std::size_t tile, std::size_t worker) {
    if (cancellation.cancelled()) return;
    const TilePlan::Range samples = plan.samples_of_tile(tile);
    TileWorker<T>& w = workers[worker];
    w.forward(network, data, samples, perturbation);
    w.pass.residuals(LossKind::cross_entropy, w.labels(data, samples));
    std::copy(w.pass.scores().begin(), w.pass.scores().end(),
              result.scores.begin() + samples.first * classes);
    for (std::size_t s = 0; s < samples.size(); ++s) {
      result.loss[samples.first + s] = w.pass.residuals()[s].loss;
      result.margin[samples.first + s] = w.pass.residuals()[s].margin;
    }
  });
  return result;
}

template <class T>
GradientResult<T> gradients(const PreparedNetwork<T>& network, const PatchData<T>& data,
                            const T* perturbation, const GradientRequest& request, ThreadTeam& team,
                            const Cancellation& cancellation) {
  const TilePlan plan = plan_for(network.shape, data.geometry, data.samples);
  const NetworkShape& shape = network.shape;
  const std::size_t length = data.geometry.input_size;
  GradientResult<T> result{std::vector<double>(data.samples),
                           AlignedBuffer<T>(request.weights ? shape.weights() : 0),
                           AlignedBuffer<T>(request.inputs ? data.samples * length : 0)};
  auto workers = make_workers(team, data, shape, plan, perturbation != nullptr);
  ChunkGradients<T> chunks(request.weights ? plan.chunks : 0, shape.filters(), shape.dimension);
  team.parallel_for(plan.chunks, [&](std::size_t chunk, std::size_t worker) {
    TileWorker<T>& w = workers[worker];
    const TilePlan::Range tiles = plan.tiles_of_chunk(chunk);
    for (std::size_t tile = tiles.first; tile < tiles.last && !cancellation.cancelled(); ++tile) {
      const TilePlan::Range samples = plan.samples_of_tile(tile);
      w.forward(network, data, samples, perturbation);
      w.pass.residuals(request.loss, w.labels(data, samples));
      for (std::size_t s = 0; s < samples.size(); ++s)
        result.loss[samples.first + s] = w.pass.residuals()[s].loss;
      w.pass.slopes(network, TilePass<T>::Scaling::loss, 1.0, request.surrogate_slope);
      if (request.weights) w.pass.accumulate_weight_gradient(chunks.chunk(chunk));
      if (request.inputs)
        w.pass.input_gradient(network, result.input_gradient.data() + samples.first * length);
    }
  });
  if (request.weights && data.samples > 0) {
    chunks.reduce(team, plan.chunks, result.weight_gradient.data());
    kernel_table<T>().scale(static_cast<T>(1.0 / static_cast<double>(data.samples)),
                            result.weight_gradient.data(), result.weight_gradient.size());
  }
  return result;
}

namespace {

// One attack on all tiles. Each attack has a suite of its own: what it does must not depend on the
// others in the list.
template <class T>
void run_attack(const PreparedNetwork<T>& network, const PatchData<T>& data, const Attack& attack,
                std::size_t position, const AttackDraws& draws, ThreadTeam& team,
                const Cancellation& cancellation, AttackResult<T>& result) {
  const TilePlan plan = plan_for(network.shape, data.geometry, data.samples);
  const std::size_t length = data.geometry.input_size;
  AttackSuite<T> suite({attack}, network.shape, data.geometry, position);
  suite.prepare(network);
  struct Worker {
    TilePass<T> pass;
    AttackWorker<T> attack;
    TileOutcome<T> outcome;
  };
  std::vector<Worker> workers;
  workers.reserve(team.threads());
  for (std::size_t i = 0; i < team.threads(); ++i) {
    workers.push_back({{data.geometry, network.shape, plan.samples_per_tile},
                       {suite, data.geometry, network.shape, plan.samples_per_tile},
                       {plan.samples_per_tile, length}});
  }
  std::vector<std::int32_t> indices(data.samples);
  std::iota(indices.begin(), indices.end(), 0);
  team.parallel_for(plan.tiles, [&](std::size_t tile_index, std::size_t worker) {
    if (cancellation.cancelled()) return;
    const TilePlan::Range samples = plan.samples_of_tile(tile_index);
    const TileSamples<T> tile{data.input(samples.first),
                              {data.labels.data() + samples.first, samples.size()},
                              {indices.data() + samples.first, samples.size()}};
    Worker& w = workers[worker];
    w.attack.run(network, tile, draws, cancellation, w.pass, w.outcome);
    if (cancellation.cancelled()) return;
    for (std::size_t s = 0; s < samples.size(); ++s) {
      const std::size_t row = position * data.samples + samples.first + s;
      result.loss[row] = w.outcome.loss[s];
      result.margin[row] = w.outcome.margin[s];
      result.vanished[row] = w.outcome.vanished[s];
      result.norm[row] =
          perturbation_norm(data.geometry, attack_norm(attack), attack_budget(attack),
                            w.outcome.perturbation.data() + s * length);
    }
    if (!result.perturbations.empty()) {
      std::copy_n(w.outcome.perturbation.data(), samples.size() * length,
                  result.perturbations[position].data() + samples.first * length);
    }
  });
}

}  // namespace

template <class T>
AttackResult<T> attack(const PreparedNetwork<T>& network, const PatchData<T>& data,
                       const std::vector<Attack>& attacks, const AttackDraws& draws,
                       bool keep_perturbations, ThreadTeam& team,
                       const Cancellation& cancellation) {
  const std::size_t rows = attacks.size() * data.samples;
  AttackResult<T> result{std::vector<double>(rows),
                         std::vector<double>(rows),
                         std::vector<double>(rows),
                         std::vector<std::uint8_t>(rows),
                         {}};
  for (std::size_t a = 0; keep_perturbations && a < attacks.size(); ++a) {
    result.perturbations.emplace_back(data.inputs.size());
  }
  for (std::size_t a = 0; a < attacks.size(); ++a) {
    run_attack(network, data, attacks[a], a, draws, team, cancellation, result);
  }
  return result;
}

#define ROBUST_FEATURES_INSTANTIATE(T)                                                            \
  template ForwardResult forward(const PreparedNetwork<T>&, const PatchData<T>&, const T*,        \
                                 ThreadTeam&, const Cancellation&);                               \
  template GradientResult<T> gradients(const PreparedNetwork<T>&, const PatchData<T>&, const T*,  \
                                       const GradientRequest&, ThreadTeam&, const Cancellation&); \
  template AttackResult<T> attack(const PreparedNetwork<T>&, const PatchData<T>&,                 \
                                  const std::vector<Attack>&, const AttackDraws&, bool,           \
                                  ThreadTeam&, const Cancellation&);
ROBUST_FEATURES_INSTANTIATE(float)
ROBUST_FEATURES_INSTANTIATE(double)

}  // namespace robust_features
