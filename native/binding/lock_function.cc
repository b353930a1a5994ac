#include <sys/file.h>

#include <cerrno>

#include "binding/arguments.hpp"
#include "binding/functions.hpp"

namespace robust_features::binding {

namespace {

// (descriptor): whether it now holds the lock of its file. The kernel lets go of it when the
// descriptor is closed, which the end of the process does too, whatever ended it. Where a file
// system has no locks nobody can hold one, so nobody is kept out.
Napi::Value try_lock(const Napi::CallbackInfo& info) {
  const auto descriptor = static_cast<int>(size(info[0], "descriptor", 0, kLargestCount));
  int status = 0;
  do {
    status = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (status != 0 && errno == EINTR);
  if (status != 0 && errno == EBADF) invalid(info.Env(), "descriptor", "an open file");
  return Napi::Boolean::New(info.Env(), status == 0 || errno != EWOULDBLOCK);
}

}  // namespace

void define_lock(Napi::Env env, Napi::Object exports) {
  exports.Set("tryLock", Napi::Function::New(env, translated<try_lock>, "tryLock"));
}

}  // namespace robust_features::binding
