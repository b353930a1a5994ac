#include "bench/workers.hpp"

#include <chrono>

namespace robust_features::bench {

namespace {
template <class Condition>
void spin_until(Condition condition) {
  while (!condition()) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}
}  // namespace

Workers::Workers(std::size_t threads) {
  for (std::size_t worker = 1; worker < threads; ++worker) {
    helpers_.emplace_back([this, worker] { serve(worker); });
  }
}

Workers::~Workers() {
  ending_ = true;
  ++job_;
  job_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

double Workers::seconds(const std::function<void(std::size_t)>& work) {
  work_ = &work;
  ready_ = 0;
  done_ = 0;
  const std::uint32_t job = ++job_;
  job_.notify_all();
  spin_until([&] { return ready_ == helpers_.size(); });
  const auto start = std::chrono::steady_clock::now();
  started_ = job;
  work(0);
  spin_until([&] { return done_ == helpers_.size(); });
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Workers::serve(std::size_t worker) {
  for (std::uint32_t job = 1;; ++job) {
    job_.wait(job - 1);
    if (ending_) return;
    ++ready_;
    spin_until([&] { return started_ == job; });
    (*work_)(worker);
    ++done_;
  }
}

}  // namespace robust_features::bench
