#include <atomic>
#include <cstdio>
#include <exception>

#include "test/check.hpp"

namespace robust_features::test {

namespace {
std::atomic<int> failures{0};
}

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

void report_failure(const char* file, int line, const std::string& what) {
  ++failures;
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

}  // namespace robust_features::test

int main() {
  using namespace robust_features::test;
  for (const Case& each : cases()) {
    const int before = failures;
    try {
      each.body();
    } catch (const std::exception& exception) {
      report_failure(each.name, 0, std::string("exception: ") + exception.what());
    }
    std::printf("%s %s\n", failures == before ? "passed" : "FAILED", each.name);
  }
  return failures == 0 && !cases().empty() ? 0 : 1;
}
