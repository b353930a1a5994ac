#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace robust_features::bench {

// Threads that sleep between jobs, so that they do not take a core from OpenBLAS' own, and that all
// stand ready before a job's time begins, so that starting them is not timed.
class Workers {
 public:
  // The thread that calls `seconds` is one of them.
  explicit Workers(std::size_t threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::size_t threads() const { return helpers_.size() + 1; }

  // From the common start of work(0) … work(threads − 1) until the last has ended.
  double seconds(const std::function<void(std::size_t)>& work);

 private:
  void serve(std::size_t worker);

  std::vector<std::thread> helpers_;
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::atomic<std::uint32_t> job_{0};
  std::atomic<std::uint32_t> started_{0};
  std::atomic<std::size_t> ready_{0};
  std::atomic<std::size_t> done_{0};
  bool ending_ = false;
};

}  // namespace robust_features::bench
