#include "engine/thread_team.hpp"

#include <utility>

#include "engine/flush_denormals.hpp"

namespace robust_features {

namespace {

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until value != old. Spinning for some ten microseconds covers the gap between two loops of
// an iteration; beyond that the core is given back.
std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int i = 0; i < 400; ++i) {
    const std::uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(std::size_t threads) {
  helpers_.reserve(threads - 1);
  try {
    for (std::size_t worker = 1; worker < threads; ++worker) {
      helpers_.emplace_back([this, worker] { help(worker); });
    }
  } catch (...) {
    stop_helpers();
    throw;
  }
}

ThreadTeam::~ThreadTeam() { stop_helpers(); }

void ThreadTeam::stop_helpers() {
  stopping_.store(true, std::memory_order_release);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
  helpers_.clear();
}

void ThreadTeam::parallel_for(std::size_t count, const Task& task) {
  const FlushDenormals flush;
  if (helpers_.empty() || count <= 1) {
    for (std::size_t index = 0; index < count; ++index) task(index, 0);
    return;
  }
  task_ = &task;
  count_ = count;
  next_.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<std::uint32_t>(helpers_.size()), std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  work(0);
  for (std::uint32_t left = busy_.load(std::memory_order_acquire); left != 0;) {
    left = wait_for_change(busy_, left);
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadTeam::help(std::size_t worker) {
  const FlushDenormals flush;
  std::uint32_t seen = 0;
  while (true) {
    // Every loop waits for all helpers, so none can miss a generation.
    seen = wait_for_change(generation_, seen);
    if (stopping_.load(std::memory_order_acquire)) return;
    work(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void ThreadTeam::work(std::size_t worker) {
  try {
    for (std::size_t index; (index = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
      (*task_)(index, worker);
    }
  } catch (...) {
    next_.store(count_, std::memory_order_relaxed);
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
}

}  // namespace robust_features
