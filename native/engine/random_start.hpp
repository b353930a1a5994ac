#pragma once

#include <string>

#include "engine/attack.hpp"

namespace robust_features {

// Uniform in every ball of `ball_length` numbers of one sample's input, from the streams `name`
// and, for the lengths of l2, `name`/radius.
template <class T>
void draw_in_ball(Norm norm, double radius, std::size_t length, std::size_t ball_length,
                  std::uint64_t seed, const std::string& name, std::uint32_t item,
                  std::uint32_t round, T* out);

// Uniform in every ball of every sample of the tile; `position` is the attack's place in its list.
// Sample n's start depends on (seed, round, position, restart, index of n) alone; see
// docs/numerics.md for the streams.
template <class T>
void draw_random_start(const GradientAttack& attack, std::size_t position,
                       const PatchGeometry& geometry, const TileSamples<T>& tile,
                       const AttackDraws& draws, std::size_t restart, T* start);

}  // namespace robust_features
