#pragma once

#include "kernels/kernel_table.hpp"

// What kernel_set.cc defines, once per instruction set.
namespace robust_features {

namespace baseline {
extern const KernelTable<float> table_f32;
extern const KernelTable<double> table_f64;
}  // namespace baseline

#if defined(__x86_64__)
namespace avx2 {
extern const KernelTable<float> table_f32;
extern const KernelTable<double> table_f64;
}  // namespace avx2

inline bool has_avx2() {
  static const bool supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return supported;
}
#endif

}  // namespace robust_features
