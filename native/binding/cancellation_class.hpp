#pragma once

#include <napi.h>

#include <memory>

#include "engine/cancellation.hpp"

namespace robust_features::binding {

class CancellationClass : public Napi::ObjectWrap<CancellationClass> {
 public:
  static constexpr napi_type_tag kTag{0x8f1c54b0a4de4d1bULL, 0x9d4e2b61c7f05a38ULL};
  static Napi::Function define(Napi::Env env);

  explicit CancellationClass(const Napi::CallbackInfo& info);
  const std::shared_ptr<Cancellation>& native() const { return cancellation_; }

 private:
  void cancel(const Napi::CallbackInfo&) { cancellation_->cancel(); }

  std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
};

}  // namespace robust_features::binding
