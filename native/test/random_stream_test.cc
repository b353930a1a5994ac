#include "engine/random_stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/philox.hpp"
#include "test/check.hpp"

namespace {

using namespace robust_features;

// The known answers that come with Random123.
TEST_CASE(philox_known_answers) {
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) ==
        Words({0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}));
  const std::uint32_t ones = 0xffffffffu;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        Words({0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}));
  CHECK(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}) ==
        Words({0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}));
}

TEST_CASE(numbers_do_not_depend_on_how_they_are_asked_for) {
  const RandomStream stream(7, "stream", 3, 5);
  std::vector<double> uniforms(101), normals(101);
  stream.uniforms(0, uniforms);
  stream.normals(0, normals);
  for (std::size_t first = 0; first < 7; ++first) {
    for (const std::size_t count : {0, 1, 2, 7, 64}) {
      std::vector<double> part(count);
      stream.uniforms(first, part);
      CHECK(std::equal(part.begin(), part.end(),
                       uniforms.begin() + static_cast<std::ptrdiff_t>(first)));
      stream.normals(first, part);
      CHECK(std::equal(part.begin(), part.end(),
                       normals.begin() + static_cast<std::ptrdiff_t>(first)));
    }
  }
  for (std::size_t e = 0; e < uniforms.size(); ++e) {
    CHECK_EQUAL(stream.uniform(e), uniforms[e]);
    CHECK(uniforms[e] >= 0 && uniforms[e] < 1);
  }
}

TEST_CASE(every_part_of_the_key_counts) {
  const double reference = RandomStream(1, "a", 1, 1).uniform(0);
  CHECK(RandomStream(2, "a", 1, 1).uniform(0) != reference);
  CHECK(RandomStream(1 + (std::uint64_t{1} << 32), "a", 1, 1).uniform(0) != reference);
  CHECK(RandomStream(1, "b", 1, 1).uniform(0) != reference);
  CHECK(RandomStream(1, "a", 2, 1).uniform(0) != reference);
  CHECK(RandomStream(1, "a", 1, 2).uniform(0) != reference);
}

TEST_CASE(moments_of_uniforms_and_normals) {
  constexpr std::size_t kCount = 100000;
  std::vector<double> numbers(kCount);
  const auto mean_of = [&](const auto& function) {
    double sum = 0;
    for (const double x : numbers) sum += function(x);
    return sum / kCount;
  };
  const RandomStream stream(11, "moments");
  // Five standard errors.
  stream.uniforms(0, numbers);
  CHECK_NEAR(mean_of([](double x) { return x; }), 0.5, 5 * std::sqrt(1.0 / 12 / kCount));
  stream.normals(0, numbers);
  CHECK_NEAR(mean_of([](double x) { return x; }), 0.0, 5 * std::sqrt(1.0 / kCount));
  CHECK_NEAR(mean_of([](double x) { return x * x; }), 1.0, 5 * std::sqrt(2.0 / kCount));
}

TEST_CASE(permutations_hold_everything_once) {
  for (const std::size_t count : {0, 1, 2, 3, 1000}) {
    std::vector<std::int32_t> order = RandomStream(5, "order").permutation(count);
    std::sort(order.begin(), order.end());
    std::vector<std::int32_t> expected(count);
    std::iota(expected.begin(), expected.end(), 0);
    CHECK(order == expected);
  }
}

TEST_CASE(indices_stay_below_the_count) {
  CHECK_EQUAL(uniform_index(0.0, 1), std::size_t{0});
  CHECK_EQUAL(uniform_index(std::nextafter(1.0, 0.0), 3), std::size_t{2});
  CHECK_EQUAL(uniform_index(std::nextafter(1.0, 0.0), (std::size_t{1} << 60)),
              (std::size_t{1} << 60) - 128);
  CHECK_EQUAL(uniform_index(1.0, 4), std::size_t{3});
}

}  // namespace
