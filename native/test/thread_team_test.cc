#include "engine/thread_team.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "test/check.hpp"

namespace {

using namespace robust_features;

TEST_CASE(every_index_runs_once_on_a_worker_of_the_team) {
  for (std::size_t threads = 1; threads <= 8; ++threads) {
    ThreadTeam team(threads);
    CHECK_EQUAL(team.threads(), threads);
    for (const std::size_t count : {0, 1, 2, 7, 1000}) {
      std::vector<int> runs(count);
      std::vector<std::size_t> of_worker(threads);
      team.parallel_for(count, [&](std::size_t index, std::size_t worker) {
        ++runs[index];
        ++of_worker[worker];
      });
      CHECK(std::all_of(runs.begin(), runs.end(), [](int n) { return n == 1; }));
      CHECK_EQUAL(std::accumulate(of_worker.begin(), of_worker.end(), std::size_t{0}), count);
    }
  }
}

TEST_CASE(a_loop_sees_what_the_loop_before_wrote) {
  for (std::size_t threads = 1; threads <= 8; ++threads) {
    ThreadTeam team(threads);
    std::vector<std::size_t> values(50), sums(50);
    for (std::size_t round = 1; round <= 500; ++round) {
      team.parallel_for(values.size(), [&](std::size_t i, std::size_t) { values[i] = round * i; });
      team.parallel_for(sums.size(), [&](std::size_t i, std::size_t) {
        sums[i] = std::accumulate(values.begin(), values.end(), std::size_t{0}) + i;
      });
      CHECK_EQUAL(sums[49], round * 1225 + 49);
    }
  }
}

TEST_CASE(teams_come_and_go) {
  for (int round = 0; round < 100; ++round) {
    ThreadTeam unused(1 + static_cast<std::size_t>(round % 8));
    ThreadTeam team(4);
    std::vector<int> runs(10);
    team.parallel_for(runs.size(), [&](std::size_t index, std::size_t) { ++runs[index]; });
    CHECK_EQUAL(std::accumulate(runs.begin(), runs.end(), 0), 10);
  }
}

TEST_CASE(exceptions_reach_the_caller_and_leave_the_team_usable) {
  for (std::size_t threads = 1; threads <= 8; ++threads) {
    ThreadTeam team(threads);
    for (const std::size_t count : {1, 2, 100}) {
      for (int round = 0; round < 20; ++round) {
        CHECK_THROWS(std::runtime_error, team.parallel_for(count, [](std::size_t, std::size_t) {
          throw std::runtime_error("every task");
        }));
        CHECK_THROWS(std::length_error,
                     team.parallel_for(count, [&](std::size_t index, std::size_t) {
                       if (index == count - 1) throw std::length_error("the last task");
                     }));
      }
      std::vector<int> runs(count);
      team.parallel_for(count, [&](std::size_t index, std::size_t) { ++runs[index]; });
      CHECK(std::all_of(runs.begin(), runs.end(), [](int n) { return n == 1; }));
    }
  }
}

TEST_CASE(denormals_are_flushed_in_loops_and_kept_outside) {
  const volatile double smallest = std::numeric_limits<double>::min();
  for (const std::size_t threads : {1, 4}) {
    ThreadTeam team(threads);
    std::vector<double> halves(64, 1.0);
    team.parallel_for(halves.size(),
                      [&](std::size_t index, std::size_t) { halves[index] = smallest / 2; });
#if defined(__x86_64__) || defined(__aarch64__)
    for (const double half : halves) CHECK_EQUAL(half, 0.0);
#endif
    CHECK(smallest / 2 > 0);
  }
}

}  // namespace
