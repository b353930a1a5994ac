#pragma once

#include <atomic>

namespace robust_features {

// Set once from any thread; polled at every iteration and tile, and within a tile at every step of
// an attack.
class Cancellation {
 public:
  void cancel() { flag_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return flag_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> flag_{false};
};

}  // namespace robust_features
