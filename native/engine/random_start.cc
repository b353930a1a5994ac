#include "engine/random_start.hpp"

#include <cmath>
#include <string>

#include "engine/random_stream.hpp"

namespace robust_features {

namespace {

template <class T>
void uniform_in_box(double radius, const RandomStream& stream, std::vector<double>& numbers,
                    T* out) {
  stream.uniforms(0, numbers);
  for (std::size_t e = 0; e < numbers.size(); ++e) {
    out[e] = static_cast<T>(radius * (2 * numbers[e] - 1));
  }
}

// Uniform in Euclidean balls: a normal direction at radius ε · u^(1/n).
template <class T>
void uniform_in_balls(double radius, std::size_t ball_length, const RandomStream& stream,
                      const RandomStream& radii, std::vector<double>& numbers, T* out) {
  stream.normals(0, numbers);
  for (std::size_t first = 0, ball = 0; first < numbers.size(); first += ball_length, ++ball) {
    const double norm = l2_norm(numbers.data() + first, ball_length);
    const double length =
        radius * std::pow(radii.uniform(ball), 1.0 / static_cast<double>(ball_length));
    for (std::size_t e = first; e < first + ball_length; ++e) {
      out[e] = norm > 0 ? static_cast<T>(numbers[e] / norm * length) : T(0);
    }
  }
}

}  // namespace

template <class T>
void draw_random_start(const GradientAttack& attack, std::size_t position,
                       const PatchGeometry& geometry, const TileSamples<T>& tile,
                       const AttackDraws& draws, std::size_t restart, T* start) {
  const std::string name =
      "attack/" + std::to_string(position) + "/restart/" + std::to_string(restart);
  const std::size_t length = geometry.input_size;
  const std::size_t ball_length = numbers_in_ball(geometry, attack.budget);
  std::vector<double> numbers(length);
  for (std::size_t s = 0; s < tile.size(); ++s) {
    T* out = start + s * length;
    const auto item = static_cast<std::uint32_t>(tile.indices[s]);
    const RandomStream stream(draws.seed, name, item, draws.round);
    if (attack.norm == Norm::linf) {
      uniform_in_box(attack.radius, stream, numbers, out);
    } else {
      const RandomStream radii(draws.seed, name + "/radius", item, draws.round);
      uniform_in_balls(attack.radius, ball_length, stream, radii, numbers, out);
    }
    project_balls(geometry, attack.norm, attack.budget, attack.radius, out);
  }
}

template void draw_random_start(const GradientAttack&, std::size_t, const PatchGeometry&,
                                const TileSamples<float>&, const AttackDraws&, std::size_t, float*);
template void draw_random_start(const GradientAttack&, std::size_t, const PatchGeometry&,
                                const TileSamples<double>&, const AttackDraws&, std::size_t,
                                double*);

}  // namespace robust_features
