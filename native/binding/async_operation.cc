#include "binding/async_operation.hpp"

#include <cstdlib>
#include <mutex>
#include <set>

#include "engine/flush_denormals.hpp"
#include "engine/thread_team_pool.hpp"

namespace robust_features::binding {

// process.exit() runs the exit handlers of shared libraries, OpenBLAS's among them, without ending
// environments first (Node 20 to 24): threads that are still in a product then crash. So the
// process itself has to know what runs.
class RunningOperations {
 public:
  static RunningOperations& instance() {
    // Never destroyed: its exit handler may run after any destructor.
    static auto* const running = new RunningOperations();
    return *running;
  }

  void add(AsyncOperation* operation) {
    const std::lock_guard lock(mutex_);
    operations_.insert(operation);
  }
  void remove(AsyncOperation* operation) {
    const std::lock_guard lock(mutex_);
    operations_.erase(operation);
  }
  ThreadTeamPool& teams() { return teams_; }

 private:
  RunningOperations() {
    std::atexit([] { instance().stop_all(); });
  }

  void stop_all() {
    const std::lock_guard lock(mutex_);
    for (AsyncOperation* operation : operations_) operation->execution_.cancellation->cancel();
    for (AsyncOperation* operation : operations_) operation->stop();
    operations_.clear();
    teams_.clear();
  }

  std::mutex mutex_;
  std::set<AsyncOperation*> operations_;
  ThreadTeamPool teams_;
};

Napi::Promise AsyncOperation::start(Napi::Env env, std::unique_ptr<AsyncOperation> owned) {
  owned->deferred_ = std::make_unique<Napi::Promise::Deferred>(env);
  const Napi::Promise promise = owned->deferred_->Promise();
  const napi_value name = Napi::String::New(env, "robust-features");
  AsyncOperation* operation = owned.get();
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, operation, finalize,
                                      operation, call_js, &operation->completion_) != napi_ok) {
    throw make_error(env, "NATIVE_FAILURE", "Node.js refused a thread-safe function.");
  }
  static_cast<void>(owned.release());  // from here on `finalize` deletes it
  // Registered after the thread-safe function's own hook, so it runs first and that function
  // outlives the thread.
  napi_add_env_cleanup_hook(env, environment_ends, operation);
  RunningOperations::instance().add(operation);
  try {
    operation->thread_ = std::thread([operation] { operation->thread_main(); });
  } catch (...) {
    operation->failure_ = std::current_exception();
    operation->settle(env);
    napi_release_threadsafe_function(operation->completion_, napi_tsfn_abort);
  }
  return promise;
}

void AsyncOperation::thread_main() {
  try {
    const FlushDenormals flush;
    const auto team = RunningOperations::instance().teams().lease(execution_.threads);
    run(*team, *execution_.cancellation);
  } catch (...) {
    failure_ = std::current_exception();
  }
  napi_call_threadsafe_function(completion_, nullptr, napi_tsfn_blocking);
  napi_release_threadsafe_function(completion_, napi_tsfn_release);
}

void AsyncOperation::call_js(napi_env env, napi_value, void* context, void*) {
  if (env == nullptr) return;  // the environment is ending; environment_ends has joined the thread
  static_cast<AsyncOperation*>(context)->settle(env);
}

void AsyncOperation::settle(Napi::Env env) {
  const Napi::HandleScope scope(env);
  RunningOperations::instance().remove(this);
  if (thread_.joinable()) thread_.join();
  napi_remove_env_cleanup_hook(env, environment_ends, this);
  settled();
  // A worker being terminated refuses every call into JavaScript, and nobody waits for its promises
  // any more.
  try {
    try {
      deferred_->Resolve(outcome(env));
    } catch (const Napi::Error& error) {
      deferred_->Reject(error.Value());
    }
  } catch (const Napi::Error&) {
  }
}

Napi::Value AsyncOperation::outcome(Napi::Env env) {
  return with_translated_errors(env, [&] {
    if (failure_) std::rethrow_exception(failure_);
    if (execution_.cancellation->cancelled() && !survives_cancellation()) {
      throw make_error(env, "ABORTED", "The operation was aborted.");
    }
    return result(env);
  });
}

void AsyncOperation::finalize(napi_env, void* data, void*) {
  delete static_cast<AsyncOperation*>(data);
}

void AsyncOperation::stop() {
  execution_.cancellation->cancel();
  if (thread_.joinable()) thread_.join();
}

void AsyncOperation::environment_ends(void* data) {
  auto* operation = static_cast<AsyncOperation*>(data);
  RunningOperations::instance().remove(operation);
  operation->stop();
}

}  // namespace robust_features::binding
