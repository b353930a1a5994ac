#pragma once

namespace robust_features::layered {

// Builds whatever oneDNN keeps for the life of the process, one primitive of every kind, before any
// operation runs. At process.exit() such things go in the reverse order of their making: those of
// an operation would be gone while its threads, which the exit waits for later, still use them.
void warm_up();

}  // namespace robust_features::layered
