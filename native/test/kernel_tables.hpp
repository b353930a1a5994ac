#pragma once

#include "kernels/kernel_table.hpp"

// The tables behind kernel_table().
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
#endif
}  // namespace robust_features

namespace robust_features::test {

template <class Body>
void with_every_table(const Body& body) {
  body(baseline::table_f32);
  body(baseline::table_f64);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    body(avx2::table_f32);
    body(avx2::table_f64);
  }
#endif
}

}  // namespace robust_features::test
