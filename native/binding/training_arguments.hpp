#pragma once

#include "binding/arguments.hpp"
#include "engine/training_status.hpp"

namespace robust_features::binding {

// What trainers of every network take and tell alike.

// `learningRates` of a plan, one per iteration.
std::vector<double> learning_rates_argument(const Options& plan);

// How far one call of a trainer's `advance` goes.
struct AdvanceArguments {
  Execution execution;
  double seconds;
  std::size_t until;  // the largest number where the caller names none
};
AdvanceArguments advance_arguments(const Options& options);

const char* status_name(TrainingStatus status);

}  // namespace robust_features::binding
