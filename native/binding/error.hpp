#pragma once

#include <napi.h>

#include <exception>
#include <string>

namespace robust_features::binding {

// Builds an instance of the JavaScript error class given to `setErrorClass` (a plain Error with
// `code` before that).
Napi::Error make_error(Napi::Env env, const std::string& code, const std::string& message);

// Throws INVALID_ARGUMENT "Expected `name` to be <expected>."; TypeScript has already said it
// better, so this is the second line of defence.
[[noreturn]] void invalid(Napi::Env env, const std::string& name, const std::string& expected);

// The JavaScript error for a C++ exception that ended an operation.
Napi::Error translate(Napi::Env env, const std::exception_ptr& exception);

// body(), whose C++ exceptions leave as JavaScript errors with a code.
template <class Body>
auto with_translated_errors(Napi::Env env, const Body& body) {
  try {
    return body();
  } catch (...) {
    throw translate(env, std::current_exception());
  }
}

// The same for a function that JavaScript calls.
template <auto Function>
auto translated(const Napi::CallbackInfo& info) {
  return with_translated_errors(info.Env(), [&] { return Function(info); });
}

}  // namespace robust_features::binding
