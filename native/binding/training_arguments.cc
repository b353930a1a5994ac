#include "binding/training_arguments.hpp"

#include <limits>

namespace robust_features::binding {

std::vector<double> learning_rates_argument(const Options& plan) {
  const std::string name = plan.path("learningRates");
  const std::span<double> rates = double_view(plan.get("learningRates"), name);
  if (rates.size() > 4294967295u) invalid(plan.env(), name, "below 2^32 long");
  return finite_copy<double>(plan.env(), rates, name);
}

AdvanceArguments advance_arguments(const Options& options) {
  Execution execution = execution_arguments(options);
  const double seconds = options.number("seconds", 0, std::numeric_limits<double>::infinity());
  const std::size_t until =
      options.has("until") ? options.size("until", 0) : std::numeric_limits<std::size_t>::max();
  return {std::move(execution), seconds, until};
}

const char* status_name(TrainingStatus status) {
  switch (status) {
    case TrainingStatus::running:
      return "running";
    case TrainingStatus::finished:
      return "finished";
    case TrainingStatus::diverged:
      return "diverged";
    default:
      return "cancelled";
  }
}

}  // namespace robust_features::binding
