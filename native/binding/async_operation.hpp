#pragma once

#include <napi.h>

#include <exception>
#include <memory>
#include <thread>

#include "binding/arguments.hpp"
#include "engine/thread_team.hpp"

namespace robust_features::binding {

// Work on threads of its own (not libuv's pool), with a promise.
//   1. start: on the JavaScript thread, everything it needs already copied or shared;
//   2. run: on the operation's thread and its team;
//   3. result: on the JavaScript thread again; resolves, or rejects with run's exception.
// When the environment or the process ends first, the operation is cancelled and joined before its
// memory goes.
class AsyncOperation {
 public:
  explicit AsyncOperation(Execution execution) : execution_(std::move(execution)) {}
  virtual ~AsyncOperation() = default;
  AsyncOperation(const AsyncOperation&) = delete;
  AsyncOperation& operator=(const AsyncOperation&) = delete;

  static Napi::Promise start(Napi::Env env, std::unique_ptr<AsyncOperation> operation);

 protected:
  virtual void run(ThreadTeam& team, const Cancellation& cancellation) = 0;
  virtual Napi::Value result(Napi::Env env) = 0;
  // Whether a cancelled run still has a result.
  virtual bool survives_cancellation() const { return false; }
  // On the JavaScript thread, before the promise settles.
  virtual void settled() {}

 private:
  friend class RunningOperations;

  void thread_main();
  void stop();
  static void call_js(napi_env env, napi_value callback, void* context, void* data);
  static void finalize(napi_env env, void* data, void* context);
  static void environment_ends(void* data);
  void settle(Napi::Env env);
  Napi::Value outcome(Napi::Env env);

  Execution execution_;
  std::unique_ptr<Napi::Promise::Deferred> deferred_;
  napi_threadsafe_function completion_ = nullptr;
  std::thread thread_;
  std::exception_ptr failure_;
};

}  // namespace robust_features::binding
