#include "engine/thread_team_pool.hpp"

#include <stdexcept>
#include <thread>
#include <vector>

#include "test/check.hpp"

namespace {

using namespace robust_features;

TEST_CASE(a_team_that_was_given_back_is_leased_again) {
  ThreadTeamPool pool;
  auto lease = pool.lease(3);
  const ThreadTeam* first = lease.get();
  lease.reset();
  CHECK_EQUAL(pool.idle(), 1U);
  const auto other = pool.lease(2);
  CHECK(other.get() != first);
  CHECK_EQUAL(other->threads(), 2U);
  const auto again = pool.lease(3);
  CHECK(again.get() == first);
  CHECK_EQUAL(again->threads(), 3U);
  CHECK_EQUAL(pool.idle(), 0U);
}

TEST_CASE(operations_at_once_have_teams_of_their_own) {
  ThreadTeamPool pool;
  for (int round = 0; round < 3; ++round) {
    std::vector<ThreadTeamPool::Lease> leases;
    leases.reserve(20);
    for (int i = 0; i < 20; ++i) leases.push_back(pool.lease(2));
    for (std::size_t i = 1; i < leases.size(); ++i) CHECK(leases[i].get() != leases[i - 1].get());
  }
  CHECK(pool.idle() < 20);
  pool.clear();
  CHECK_EQUAL(pool.idle(), 0U);
}

TEST_CASE(a_leased_team_works_on_any_thread_and_after_a_failure) {
  ThreadTeamPool pool;
  for (int round = 0; round < 50; ++round) {
    std::thread operation([&] {
      const auto team = pool.lease(4);
      bool thrown = false;
      try {
        team->parallel_for(8, [](std::size_t index, std::size_t) {
          if (index == 5) throw std::runtime_error("expected");
        });
      } catch (const std::runtime_error&) {
        thrown = true;
      }
      CHECK(thrown);
      std::vector<int> runs(100);
      team->parallel_for(runs.size(), [&](std::size_t index, std::size_t) { ++runs[index]; });
      for (const int n : runs) CHECK_EQUAL(n, 1);
    });
    operation.join();
  }
  CHECK_EQUAL(pool.idle(), 1U);
}

}  // namespace
