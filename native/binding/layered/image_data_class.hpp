#pragma once

#include <napi.h>

#include <memory>

#include "binding/external_memory.hpp"
#include "layered/image_data.hpp"

namespace robust_features::binding {

using SharedImages = std::shared_ptr<const layered::ImageData>;

class ImageDataClass : public Napi::ObjectWrap<ImageDataClass> {
 public:
  static constexpr napi_type_tag kTag{0x6b0d1f7ac2984e35ULL, 0x93e7520fd84cb16aULL};
  static constexpr const char* kReceiver = "ImageData";
  static Napi::Function define(Napi::Env env);

  explicit ImageDataClass(const Napi::CallbackInfo& info);
  void Finalize(Napi::Env env) override;
  const SharedImages& native() const { return data_; }

 private:
  template <auto Read>
  Napi::Value number(const Napi::CallbackInfo& info);

  Napi::Value images(const Napi::CallbackInfo& info);
  Napi::Value labels(const Napi::CallbackInfo& info);
  Napi::Value select(const Napi::CallbackInfo& info);

  SharedImages data_;
  ExternalMemory memory_;
};

const SharedImages& image_data_argument(Napi::Value value, const std::string& name);

}  // namespace robust_features::binding
