#pragma once

#include <dnnl.hpp>
#include <string>
#include <utility>
#include <vector>

#include "layered/architecture.hpp"

// The one place that knows oneDNN's versions: 2 describes an operation and then its primitive, 3
// does both at once.
namespace robust_features::layered::onednn {

const dnnl::engine& engine();
std::string version();
// The instruction set that its kernels use on this processor.
std::string instruction_set();

// oneDNN cuts its loops by OpenMP's threads when a primitive is made and when it runs. Within this
// scope the calling thread has one, so that our own threads stay in charge and sums keep their
// order.
class SingleThread {
 public:
  SingleThread();
  ~SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int before_;
};

// A primitive with what every call of it needs.
struct Primitive {
  dnnl::primitive primitive;
  std::size_t scratchpad = 0;  // bytes
};

using Descriptor = dnnl::memory::desc;

Descriptor tensor(const dnnl::memory::dims& dimensions, dnnl::memory::format_tag tag);

inline dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

template <class Kind, class... Arguments>
typename Kind::primitive_desc describe(Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Kind::primitive_desc(engine(), std::forward<Arguments>(arguments)...,
                                       user_scratchpad());
#else
  return typename Kind::primitive_desc(typename Kind::desc(std::forward<Arguments>(arguments)...),
                                       user_scratchpad(), engine());
#endif
}

template <class Kind, class Forward, class... Arguments>
typename Kind::primitive_desc describe_backward(const Forward& forward, Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Kind::primitive_desc(engine(), std::forward<Arguments>(arguments)..., forward,
                                       user_scratchpad());
#else
  return typename Kind::primitive_desc(typename Kind::desc(std::forward<Arguments>(arguments)...),
                                       user_scratchpad(), engine(), forward);
#endif
}

template <class Kind, class PrimitiveDescriptor>
Primitive make(const PrimitiveDescriptor& descriptor) {
  return {Kind(descriptor), descriptor.scratchpad_desc().get_size()};
}

// Whether a primitive is one of oneDNN's fast ones: the others are for layouts it was not made for.
template <class PrimitiveDescriptor>
bool is_fast(const PrimitiveDescriptor& descriptor) {
  const std::string name = descriptor.impl_info_str();
  return name.find("ref") == std::string::npos && name.find("gemm") == std::string::npos;
}

}  // namespace robust_features::layered::onednn
