// Compiled once per instruction set (see CMakeLists.txt). Everything here lives in a namespace of
// that name and calls nothing from the standard library: an inline function compiled for AVX2 and
// merged by the linker would otherwise reach processors without it.
#include "kernels/activation_kernels.hpp"
#include "kernels/layer_kernels.hpp"
#include "kernels/span_kernels.hpp"
#include "kernels/vector_kernels.hpp"

namespace robust_features::ROBUST_FEATURES_KERNEL_SET {
namespace {

template <class T>
constexpr KernelTable<T> make_table() {
  return {activation_values<T>,
          activation_slopes<T>,
          activation_column_sums<T>,
          residual_slopes<T>,
          add<T>,
          add_clamped<T>,
          clip_to_box<T>,
          add_scaled<T>,
          scale<T>,
          add_sign<T>,
          ascend_by_sign<T>,
          clamp<T>,
          dot<T>,
          largest_magnitude<T>,
          sum_of_squares<T>,
          kFastProducts,
          multiply_by_panels<T>,
          accumulate_transposed<T>,
          span_ascend<T>,
          multiply<T>,
          add_rectified<T>,
          keep_where_positive<T>,
          scale_and_shift<T>,
          channel_moments<T>,
          channel_gradient_sums<T>,
          combine_by_channel<T>};
}

}  // namespace

extern const KernelTable<float> table_f32;
extern const KernelTable<double> table_f64;
constexpr KernelTable<float> table_f32 = make_table<float>();
constexpr KernelTable<double> table_f64 = make_table<double>();

}  // namespace robust_features::ROBUST_FEATURES_KERNEL_SET
