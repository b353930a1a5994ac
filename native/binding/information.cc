#include "binding/functions.hpp"
#include "engine/blas.hpp"
#include "kernels/kernel_table.hpp"

namespace robust_features::binding {

namespace {

Napi::Value information(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object blas = Napi::Object::New(env);
  blas.Set("version", blas::version());
  blas.Set("kernel", blas::kernel());
  blas.Set("threads", blas::threads());
  const Napi::Object result = Napi::Object::New(env);
  result.Set("version", ROBUST_FEATURES_VERSION);
  result.Set("compiler", __VERSION__);
  result.Set("instructionSet", kernel_instruction_set());
  result.Set("blas", blas);
  return result;
}

}  // namespace

void define_information(Napi::Env env, Napi::Object exports) {
  exports.Set("information", Napi::Function::New(env, information, "information"));
}

}  // namespace robust_features::binding
