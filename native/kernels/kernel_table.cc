#include "kernels/kernel_table.hpp"

#include <type_traits>

#include "kernels/kernel_sets.hpp"

namespace robust_features {

#if defined(__x86_64__)
template <class T>
const KernelTable<T>& kernel_table() {
  if constexpr (std::is_same_v<T, float>)
    return has_avx2() ? avx2::table_f32 : baseline::table_f32;
  else
    return has_avx2() ? avx2::table_f64 : baseline::table_f64;
}

const char* kernel_instruction_set() { return has_avx2() ? "avx2+fma" : "x86-64 baseline"; }
#else
template <class T>
const KernelTable<T>& kernel_table() {
  if constexpr (std::is_same_v<T, float>)
    return baseline::table_f32;
  else
    return baseline::table_f64;
}

const char* kernel_instruction_set() { return "baseline"; }
#endif

template const KernelTable<float>& kernel_table<float>();
template const KernelTable<double>& kernel_table<double>();

}  // namespace robust_features
