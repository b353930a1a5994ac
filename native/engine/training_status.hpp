#pragma once

#include <cstdint>

namespace robust_features {

// Where a call that advances a trainer has left it.
enum class TrainingStatus : std::uint8_t { running, finished, diverged, cancelled };

}  // namespace robust_features
