#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace robust_features {

// The threads of one operation: the caller's and `threads − 1` helpers, which spin briefly and then
// sleep between loops. Denormals are flushed on the helpers for their life and on the caller inside
// the loops only.
class ThreadTeam {
 public:
  explicit ThreadTeam(std::size_t threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  std::size_t threads() const { return helpers_.size() + 1; }

  // Calls task(index, worker) once for every index < count, worker < threads(), in no fixed order:
  // results must depend on the index alone. The first exception of a task is thrown again here.
  using Task = std::function<void(std::size_t index, std::size_t worker)>;
  void parallel_for(std::size_t count, const Task& task);

 private:
  void help(std::size_t worker);
  void work(std::size_t worker);
  void stop_helpers();

  std::vector<std::thread> helpers_;
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::uint32_t> busy_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> next_{0};
  std::size_t count_ = 0;
  const Task* task_ = nullptr;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

}  // namespace robust_features
