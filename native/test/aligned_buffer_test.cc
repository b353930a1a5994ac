#include "engine/aligned_buffer.hpp"

#include <cstdint>
#include <limits>
#include <utility>

#include "test/check.hpp"

namespace {

using namespace robust_features;

TEST_CASE(buffers_are_aligned_and_zero) {
  for (std::size_t size = 0; size < 70; ++size) {
    AlignedBuffer<float> buffer(size);
    CHECK_EQUAL(buffer.size(), size);
    CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, std::uintptr_t{0});
    for (const float value : buffer.span()) CHECK_EQUAL(value, 0.0F);
    for (std::size_t i = 0; i < size; ++i) buffer[i] = static_cast<float>(i);
  }
}

TEST_CASE(moving_keeps_the_numbers) {
  AlignedBuffer<double> buffer(5);
  buffer[3] = 7;
  const double* address = buffer.data();
  const AlignedBuffer<double> moved = std::move(buffer);
  CHECK_EQUAL(moved.data(), address);
  CHECK_EQUAL(moved[3], 7.0);
}

TEST_CASE(a_meter_counts_what_stays) {
  AlignedBuffer<float> before(100);
  const AlignedBytesMeter meter;
  AlignedBuffer<double> kept(10);
  { const AlignedBuffer<float> passing(1000); }
  CHECK_EQUAL(meter.bytes(), std::int64_t{80});
  AlignedBuffer<double> moved = std::move(kept);
  CHECK_EQUAL(meter.bytes(), std::int64_t{80});
  moved = {};
  before = {};
  CHECK_EQUAL(meter.bytes(), std::int64_t{-400});
  CHECK_THROWS(std::bad_alloc, AlignedBuffer<float>(std::numeric_limits<std::size_t>::max()));
  CHECK_EQUAL(meter.bytes(), std::int64_t{-400});
}

// Sizes whose bytes wrap around to something small, and sizes no machine has.
TEST_CASE(sizes_beyond_memory_are_refused) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  CHECK_THROWS(std::bad_alloc, AlignedBuffer<double>(kMost));
  CHECK_THROWS(std::bad_alloc, AlignedBuffer<double>(kMost / sizeof(double) + 2));
  CHECK_THROWS(std::bad_alloc, AlignedBuffer<double>(kMost / sizeof(double)));
  CHECK_THROWS(std::bad_alloc, AlignedBuffer<float>(kMost / 2 / sizeof(float) + 1));
}

}  // namespace
