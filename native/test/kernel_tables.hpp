#pragma once

#include "kernels/kernel_sets.hpp"

namespace robust_features::test {

// Every table this processor can run.
template <class Body>
void with_every_table(const Body& body) {
  body(baseline::table_f32);
  body(baseline::table_f64);
#if defined(__x86_64__)
  if (has_avx2()) {
    body(avx2::table_f32);
    body(avx2::table_f64);
  }
#endif
}

}  // namespace robust_features::test
