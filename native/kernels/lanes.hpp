#pragma once

#include <cstddef>

namespace robust_features {

// Numbers in a vector of the kernels, 32 bytes; rows of pre-activations are padded to whole ones.
template <class T>
constexpr std::size_t kLanes = 32 / sizeof(T);

}  // namespace robust_features
