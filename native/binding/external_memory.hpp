#pragma once

#include <napi.h>

#include <cstdint>

namespace robust_features::binding {

// Native memory that goes with one JavaScript object. The garbage collector is told of it;
// otherwise it sees a few bytes and leaves gigabytes uncollected.
class ExternalMemory {
 public:
  // In place of what was reported before. The object's Finalize must report 0.
  void report(Napi::Env env, std::int64_t bytes) {
    if (bytes != reported_) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reported_);
    reported_ = bytes;
  }

 private:
  std::int64_t reported_ = 0;
};

}  // namespace robust_features::binding
