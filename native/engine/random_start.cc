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
void draw_in_ball(Norm norm, double radius, std::size_t length, std::size_t ball_length,
                  std::uint64_t seed, const std::string& name, std::uint32_t item,
                  std::uint32_t round, T* out) {
  std::vector<double> numbers(length);
  const RandomStream stream(seed, name, item, round);
  if (norm == Norm::linf) return uniform_in_box(radius, stream, numbers, out);
  const RandomStream radii(seed, name + "/radius", item, round);
  uniform_in_balls(radius, ball_length, stream, radii, numbers, out);
}

template <class T>
void draw_random_start(const GradientAttack& attack, std::size_t position,
                       const PatchGeometry& geometry, const TileSamples<T>& tile,
                       const AttackDraws& draws, std::size_t restart, T* start) {
  const std::string name =
      "attack/" + std::to_string(position) + "/restart/" + std::to_string(restart);
  const std::size_t length = geometry.input_size;
  const std::size_t ball_length = numbers_in_ball(geometry, attack.budget);
  for (std::size_t s = 0; s < tile.size(); ++s) {
    T* out = start + s * length;
    draw_in_ball(attack.norm, attack.radius, length, ball_length, draws.seed, name,
                 static_cast<std::uint32_t>(tile.indices[s]), draws.round, out);
    project_balls(geometry, attack.norm, attack.budget, attack.radius, out);
  }
}

template void draw_in_ball(Norm, double, std::size_t, std::size_t, std::uint64_t,
                           const std::string&, std::uint32_t, std::uint32_t, float*);
template void draw_in_ball(Norm, double, std::size_t, std::size_t, std::uint64_t,
                           const std::string&, std::uint32_t, std::uint32_t, double*);
template void draw_random_start(const GradientAttack&, std::size_t, const PatchGeometry&,
                                const TileSamples<float>&, const AttackDraws&, std::size_t, float*);
template void draw_random_start(const GradientAttack&, std::size_t, const PatchGeometry&,
                                const TileSamples<double>&, const AttackDraws&, std::size_t,
                                double*);

}  // namespace robust_features
