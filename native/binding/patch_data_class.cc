#include <cmath>
#include <utility>

#include "binding/accessor.hpp"
#include "binding/addon.hpp"
#include "binding/arguments.hpp"
#include "binding/handles.hpp"

namespace robust_features::binding {

Napi::Function PatchDataClass::define(Napi::Env env) {
  using Self = PatchDataClass;
  return with_accessors(
      DefineClass(
          env, "PatchData",
          {InstanceMethod<&Self::inputs>("inputs"), InstanceMethod<&Self::labels>("labels"),
           InstanceMethod<&Self::select>("select"), InstanceMethod<&Self::to_double>("toDouble")}),
      {accessor<Self, &Self::precision>("precision"), accessor<Self, &Self::samples>("samples"),
       accessor<Self, &Self::patches>("patches"), accessor<Self, &Self::dimension>("dimension"),
       accessor<Self, &Self::classes>("classes"), accessor<Self, &Self::input_size>("inputSize"),
       accessor<Self, &Self::overlapping>("overlapping")});
}

Napi::Value PatchDataClass::wrap(Napi::Env env, AnyPatchData data) {
  AddonState& state = AddonState::of(env);
  state.data_to_wrap = std::move(data);
  return state.data_constructor.New({});
}

namespace {

std::vector<std::int32_t> read_layout(const Options& options, const PatchGeometry& geometry) {
  if (!options.has("layout")) return {};
  const std::span<std::int32_t> view = int32_view(options.get("layout"), "data.layout");
  std::vector<std::int32_t> layout(view.begin(), view.end());
  require_length(options.env(), layout.size(), geometry.patch_numbers(), "data.layout");
  for (const std::int32_t position : layout) {
    if (position < 0 || static_cast<std::size_t>(position) >= geometry.input_size) {
      invalid(options.env(), "data.layout",
              "positions below " + std::to_string(geometry.input_size));
    }
  }
  return layout;
}

AnyPatchData read_patch_data(const Options& options) {
  const Napi::Env env = options.env();
  PatchGeometry geometry{
      options.size("patches", 1), options.size("dimension", 1), options.size("inputSize", 1), {}};
  const std::size_t samples = options.size("samples", 0);
  const std::size_t classes = options.size("classes", 2, 100000);
  checked_product(env, geometry.patches, geometry.dimension);
  geometry.layout = read_layout(options, geometry);
  if (!geometry.overlapping() && geometry.patch_numbers() != geometry.input_size) {
    invalid(env, "data.inputSize", "patches · dimension where there is no layout");
  }
  const std::span<std::int32_t> labels_view = int32_view(options.get("labels"), "data.labels");
  std::vector<std::int32_t> labels(labels_view.begin(), labels_view.end());
  require_length(env, labels.size(), samples, "data.labels");
  for (const std::int32_t label : labels) {
    if (label < 0 || static_cast<std::size_t>(label) >= classes) {
      invalid(
          env, "data.labels",
          "integers from 0 to " + std::to_string(classes - 1) + ", got " + std::to_string(label));
    }
  }
  const std::size_t count = checked_product(env, samples, geometry.input_size);
  return std::visit(
      [&](auto view) -> AnyPatchData {
        using T = typename decltype(view)::value_type;
        require_length(env, view.size(), count, "data.inputs");
        auto data = std::make_shared<PatchData<T>>(PatchData<T>{
            std::move(geometry), samples, classes, AlignedBuffer<T>(count), std::move(labels)});
        for (std::size_t i = 0; i < count; ++i) {
          if (!std::isfinite(view[i])) invalid(env, "data.inputs", "free of NaN and infinities");
          data->inputs[i] = view[i];
        }
        return std::shared_ptr<const PatchData<T>>(std::move(data));
      },
      float_view(options.get("inputs"), "data.inputs"));
}

}  // namespace

PatchDataClass::PatchDataClass(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  AddonState& state = AddonState::of(info.Env());
  if (state.data_to_wrap.has_value()) {
    data_ = std::any_cast<AnyPatchData>(std::exchange(state.data_to_wrap, {}));
  } else {
    data_ = with_translated_errors(info.Env(),
                                   [&] { return read_patch_data(Options(info[0], "data")); });
  }
  napi_type_tag_object(info.Env(), info.This(), &kTag);
  memory_.report(
      info.Env(),
      std::visit([](const auto& d) { return static_cast<std::int64_t>(d->bytes()); }, data_));
}

void PatchDataClass::Finalize(Napi::Env env) { memory_.report(env, 0); }

template <class Read>
Napi::Value PatchDataClass::number(const Napi::CallbackInfo& info, const Read& read) {
  return Napi::Number::New(
      info.Env(), static_cast<double>(std::visit([&](const auto& d) { return read(*d); }, data_)));
}

Napi::Value PatchDataClass::precision(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), data_.index() == 0 ? "float32" : "float64");
}
Napi::Value PatchDataClass::samples(const Napi::CallbackInfo& info) {
  return number(info, [](const auto& d) { return d.samples; });
}
Napi::Value PatchDataClass::patches(const Napi::CallbackInfo& info) {
  return number(info, [](const auto& d) { return d.geometry.patches; });
}
Napi::Value PatchDataClass::dimension(const Napi::CallbackInfo& info) {
  return number(info, [](const auto& d) { return d.geometry.dimension; });
}
Napi::Value PatchDataClass::classes(const Napi::CallbackInfo& info) {
  return number(info, [](const auto& d) { return d.classes; });
}
Napi::Value PatchDataClass::input_size(const Napi::CallbackInfo& info) {
  return number(info, [](const auto& d) { return d.geometry.input_size; });
}
Napi::Value PatchDataClass::overlapping(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(
      info.Env(), std::visit([](const auto& d) { return d->geometry.overlapping(); }, data_));
}

Napi::Value PatchDataClass::inputs(const Napi::CallbackInfo& info) {
  return std::visit(
      [&](const auto& d) {
        const std::size_t first = size(info[0], "first", 0, d->samples);
        const std::size_t count = size(info[1], "count", 0, d->samples - first);
        return typed_array(info.Env(), d->input(first), count * d->geometry.input_size);
      },
      data_);
}

Napi::Value PatchDataClass::labels(const Napi::CallbackInfo& info) {
  return std::visit(
      [&](const auto& d) { return typed_array(info.Env(), d->labels.data(), d->labels.size()); },
      data_);
}

Napi::Value PatchDataClass::select(const Napi::CallbackInfo& info) {
  const std::span<std::int32_t> view = int32_view(info[0], "indices");
  const std::vector<std::int32_t> indices(view.begin(), view.end());
  return std::visit(
      [&](const auto& d) {
        for (const std::int32_t index : indices) {
          if (index < 0 || static_cast<std::size_t>(index) >= d->samples) {
            invalid(info.Env(), "indices", "positions below " + std::to_string(d->samples));
          }
        }
        using Data = std::remove_cvref_t<decltype(*d)>;
        return with_translated_errors(info.Env(), [&] {
          return wrap(info.Env(), std::shared_ptr<const Data>(
                                      std::make_shared<Data>(select_samples(*d, indices))));
        });
      },
      data_);
}

Napi::Value PatchDataClass::to_double(const Napi::CallbackInfo& info) {
  const auto* single = std::get_if<std::shared_ptr<const PatchData<float>>>(&data_);
  if (single == nullptr) return info.This();
  return with_translated_errors(info.Env(), [&] {
    return wrap(info.Env(), std::shared_ptr<const PatchData<double>>(
                                std::make_shared<PatchData<double>>(in_double(**single))));
  });
}

}  // namespace robust_features::binding
