#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "binding/external_memory.hpp"
#include "engine/patch_data.hpp"

namespace robust_features::binding {

using AnyPatchData =
    std::variant<std::shared_ptr<const PatchData<float>>, std::shared_ptr<const PatchData<double>>>;

class PatchDataClass : public Napi::ObjectWrap<PatchDataClass> {
 public:
  static constexpr napi_type_tag kTag{0x2e77a90c5bb34f62ULL, 0xa1c3d85e904b7f16ULL};
  static constexpr const char* kReceiver = "PatchData";
  static Napi::Function define(Napi::Env env);
  static Napi::Value wrap(Napi::Env env, AnyPatchData data);

  explicit PatchDataClass(const Napi::CallbackInfo& info);
  const AnyPatchData& native() const { return data_; }
  void Finalize(Napi::Env env) override;

 private:
  template <class Read>
  Napi::Value number(const Napi::CallbackInfo& info, const Read& read);

  Napi::Value precision(const Napi::CallbackInfo& info);
  Napi::Value samples(const Napi::CallbackInfo& info);
  Napi::Value patches(const Napi::CallbackInfo& info);
  Napi::Value dimension(const Napi::CallbackInfo& info);
  Napi::Value classes(const Napi::CallbackInfo& info);
  Napi::Value input_size(const Napi::CallbackInfo& info);
  Napi::Value overlapping(const Napi::CallbackInfo& info);
  Napi::Value inputs(const Napi::CallbackInfo& info);
  Napi::Value labels(const Napi::CallbackInfo& info);
  Napi::Value select(const Napi::CallbackInfo& info);
  Napi::Value to_double(const Napi::CallbackInfo& info);

  AnyPatchData data_;
  ExternalMemory memory_;
};

}  // namespace robust_features::binding
