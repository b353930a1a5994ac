#include "layered/onednn.hpp"

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
// Of OpenMP's runtime, whose header comes with compilers and not with every one of them.
extern "C" {
void omp_set_num_threads(int threads);
int omp_get_max_threads();
}
#elif DNNL_CPU_THREADING_RUNTIME != DNNL_RUNTIME_SEQ
#error "oneDNN must be built sequential or with OpenMP"
#endif

namespace robust_features::layered::onednn {

const dnnl::engine& engine() {
  // Never destroyed: operations may still end while the process exits.
  static const auto* const instance = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *instance;
}

std::string version() {
  const dnnl_version_t& found = *dnnl_version();
  return std::to_string(found.major) + "." + std::to_string(found.minor) + "." +
         std::to_string(found.patch);
}

std::string instruction_set() {
#if defined(__x86_64__)
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "SSE4.1";
    case dnnl::cpu_isa::avx:
      return "AVX";
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx2_vnni:
      return "AVX2";
#if DNNL_VERSION_MAJOR >= 3
    case dnnl::cpu_isa::avx2_vnni_2:
      return "AVX2";
    // A processor without SSE4.1.
    case dnnl::cpu_isa::isa_default:
      return "default";
#endif
    default:
      return "AVX-512";
  }
#else
  return "default";
#endif
}

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
SingleThread::SingleThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
SingleThread::~SingleThread() { omp_set_num_threads(before_); }
#else
SingleThread::SingleThread() : before_(1) {}
SingleThread::~SingleThread() = default;
#endif

Descriptor tensor(const dnnl::memory::dims& dimensions, dnnl::memory::format_tag tag) {
  return {dimensions, dnnl::memory::data_type::f32, tag};
}

}  // namespace robust_features::layered::onednn
