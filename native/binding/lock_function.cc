#include <sys/file.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "binding/arguments.hpp"
#include "binding/error.hpp"
#include "binding/functions.hpp"

namespace robust_features::binding {

namespace {

// Whether a refusal says that there are no locks here: such a file system, or a server of one that
// serves none.
bool without_locks(int reason) {
  return reason == ENOTSUP || reason == EOPNOTSUPP || reason == ENOSYS || reason == EINVAL ||
         reason == ENOLCK;
}

// (descriptor): whether it now holds the lock of its file. The kernel lets go of it when the
// descriptor is closed, which the end of the process does too, whatever ended it. Where a file
// system has no locks nobody can hold one, so nobody is kept out.
Napi::Value try_lock(const Napi::CallbackInfo& info) {
  const auto descriptor = static_cast<int>(size(info[0], "descriptor", 0, kLargestCount));
  int status = 0;
  do {
    status = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (status != 0 && errno == EINTR);
  const int reason = status == 0 ? 0 : errno;
  if (reason == EBADF) invalid(info.Env(), "descriptor", "an open file");
  if (reason != 0 && reason != EWOULDBLOCK && !without_locks(reason)) {
    throw make_error(info.Env(), "NATIVE_FAILURE",
                     "no lock: " + std::generic_category().message(reason));
  }
  return Napi::Boolean::New(info.Env(), reason != EWOULDBLOCK);
}

}  // namespace

void define_lock(Napi::Env env, Napi::Object exports) {
  exports.Set("tryLock", Napi::Function::New(env, translated<try_lock>, "tryLock"));
}

}  // namespace robust_features::binding
