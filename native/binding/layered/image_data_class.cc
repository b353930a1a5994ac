#include "binding/layered/image_data_class.hpp"

#include <utility>

#include "binding/accessor.hpp"
#include "binding/addon.hpp"
#include "binding/arguments.hpp"

namespace robust_features::binding {

namespace {

std::size_t samples(const layered::ImageData& data) { return data.samples; }
std::size_t height(const layered::ImageData& data) { return data.shape.height; }
std::size_t width(const layered::ImageData& data) { return data.shape.width; }
std::size_t channels(const layered::ImageData& data) { return data.shape.channels; }
std::size_t classes(const layered::ImageData& data) { return data.classes; }

SharedImages read_images(const Options& options) {
  const Napi::Env env = options.env();
  constexpr std::size_t kLongestSide = 65535;
  auto data = std::make_shared<layered::ImageData>();
  data->shape = {options.size("channels", 1, kLongestSide), options.size("height", 1, kLongestSide),
                 options.size("width", 1, kLongestSide)};
  data->samples = options.size("samples", 0);
  data->classes = options.size("classes", 2, 100000);
  // Fetched before either is viewed: a getter could detach what has been.
  const Napi::Value given_images = options.get("images"), given_labels = options.get("labels");
  const std::span<std::uint8_t> images = typed_view<std::uint8_t>(given_images, "data.images");
  const std::span<std::int32_t> labels = int32_view(given_labels, "data.labels");
  require_length(env, labels.size(), data->samples, "data.labels");
  const std::size_t numbers = checked_product(
      env, data->shape.channels, checked_product(env, data->shape.height, data->shape.width));
  require_length(env, images.size(), checked_product(env, data->samples, numbers), "data.images");
  for (const std::int32_t label : labels) {
    if (label < 0 || static_cast<std::size_t>(label) >= data->classes) {
      invalid(env, "data.labels",
              "integers from 0 to " + std::to_string(data->classes - 1) + ", got " +
                  std::to_string(label));
    }
  }
  data->images.assign(images.begin(), images.end());
  data->labels.assign(labels.begin(), labels.end());
  return data;
}

}  // namespace

Napi::Function ImageDataClass::define(Napi::Env env) {
  using Self = ImageDataClass;
  return with_accessors(
      DefineClass(env, "ImageData",
                  {InstanceMethod<&Self::images>("images"), InstanceMethod<&Self::labels>("labels"),
                   InstanceMethod<&Self::select>("select")}),
      {accessor<Self, &Self::number<samples>>("samples"),
       accessor<Self, &Self::number<height>>("height"),
       accessor<Self, &Self::number<width>>("width"),
       accessor<Self, &Self::number<channels>>("channels"),
       accessor<Self, &Self::number<classes>>("classes")});
}

ImageDataClass::ImageDataClass(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  AddonState& state = AddonState::of(info.Env());
  data_ = with_translated_errors(info.Env(), [&] {
    if (state.data_to_wrap.has_value())
      return std::any_cast<SharedImages>(std::exchange(state.data_to_wrap, {}));
    return read_images(Options(info[0], "data"));
  });
  napi_type_tag_object(info.Env(), info.This(), &kTag);
  memory_.report(info.Env(),
                 static_cast<std::int64_t>(data_->images.size() +
                                           data_->labels.size() * sizeof(std::int32_t)));
}

void ImageDataClass::Finalize(Napi::Env env) { memory_.report(env, 0); }

template <auto Read>
Napi::Value ImageDataClass::number(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Read(*data_)));
}

Napi::Value ImageDataClass::images(const Napi::CallbackInfo& info) {
  return with_translated_errors(info.Env(), [&] {
    const std::size_t first = size(info[0], "first", 0, data_->samples);
    const std::size_t count = size(info[1], "count", 0, data_->samples - first);
    const std::size_t numbers = data_->shape.numbers();
    return typed_array(info.Env(), data_->images.data() + first * numbers, count * numbers);
  });
}

Napi::Value ImageDataClass::labels(const Napi::CallbackInfo& info) {
  return typed_array(info.Env(), data_->labels.data(), data_->labels.size());
}

Napi::Value ImageDataClass::select(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return with_translated_errors(env, [&]() -> Napi::Value {
    const std::span<std::int32_t> indices = int32_view(info[0], "indices");
    for (const std::int32_t index : indices) {
      if (index < 0 || static_cast<std::size_t>(index) >= data_->samples) {
        invalid(
            env, "indices",
            "integers below " + std::to_string(data_->samples) + ", got " + std::to_string(index));
      }
    }
    AddonState& state = AddonState::of(env);
    state.data_to_wrap =
        SharedImages(std::make_shared<layered::ImageData>(layered::select_images(*data_, indices)));
    return state.data_constructor.New({});
  });
}

const SharedImages& image_data_argument(Napi::Value value, const std::string& name) {
  if (!has_tag(value, ImageDataClass::kTag)) invalid(value.Env(), name, "ImageData");
  return ImageDataClass::Unwrap(value.As<Napi::Object>())->native();
}

}  // namespace robust_features::binding
