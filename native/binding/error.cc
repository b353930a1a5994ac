#include "binding/error.hpp"

#include <new>
#include <system_error>

#include "binding/addon.hpp"

namespace robust_features::binding {

Napi::Error make_error(Napi::Env env, const std::string& code, const std::string& message) {
  const AddonState& state = AddonState::of(env);
  if (!state.error_class.IsEmpty()) {
    const Napi::Object error =
        state.error_class.New({Napi::String::New(env, code), Napi::String::New(env, message)});
    return Napi::Error(env, error);
  }
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

void invalid(Napi::Env env, const std::string& name, const std::string& expected) {
  throw make_error(env, "INVALID_ARGUMENT", "Expected `" + name + "` to be " + expected + ".");
}

Napi::Error translate(Napi::Env env, const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return make_error(env, "OUT_OF_MEMORY",
                      "The operation needs more memory than the system gives.");
  } catch (const std::system_error& error) {
    return make_error(env, "NATIVE_FAILURE",
                      std::string("The system refused the operation's threads: ") + error.what());
  } catch (const std::exception& error) {
    return make_error(env, "NATIVE_FAILURE", error.what());
  }
}

namespace {

void set_error_class(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) {
    throw make_error(info.Env(), "INVALID_ARGUMENT", "Expected `errorClass` to be a constructor.");
  }
  AddonState::of(info.Env()).error_class = Napi::Persistent(info[0].As<Napi::Function>());
}

}  // namespace

void define_error_class(Napi::Env env, Napi::Object exports) {
  exports.Set("setErrorClass", Napi::Function::New(env, set_error_class, "setErrorClass"));
}

}  // namespace robust_features::binding
