#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/random_stream.hpp"

namespace robust_features::test {

// Sizes at which vectors (4, 8) and unrolled loops (64) begin and end.
inline constexpr std::size_t kSizes[] = {0, 1, 7, 8, 9, 63, 64, 65};

template <class T>
std::vector<T> random_numbers(std::size_t count, std::uint64_t seed, double scale = 1) {
  std::vector<double> drawn(count);
  RandomStream(seed, "test").normals(0, drawn);
  std::vector<T> numbers(count);
  std::transform(drawn.begin(), drawn.end(), numbers.begin(),
                 [=](double x) { return static_cast<T>(scale * x); });
  return numbers;
}

// Numbers between guard words, at an address that is no multiple of a vector's.
template <class T>
class Guarded {
 public:
  explicit Guarded(const std::vector<T>& numbers)
      : whole_(numbers.size() + 2 * kGuard, kWord), size_(numbers.size()) {
    std::copy(numbers.begin(), numbers.end(), data());
  }
  explicit Guarded(std::size_t size) : Guarded(std::vector<T>(size)) {}

  T* data() { return whole_.data() + kGuard; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data()[i]; }
  bool intact() const {
    const auto guard = [](T word) { return word == kWord; };
    return std::all_of(whole_.begin(), whole_.begin() + kGuard, guard) &&
           std::all_of(whole_.end() - kGuard, whole_.end(), guard);
  }

 private:
  static constexpr std::ptrdiff_t kGuard = 9;
  static constexpr T kWord = T(12345.5);
  std::vector<T> whole_;
  std::size_t size_;
};

}  // namespace robust_features::test
