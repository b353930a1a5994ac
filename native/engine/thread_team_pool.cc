#include "engine/thread_team_pool.hpp"

#include <algorithm>

namespace robust_features {

namespace {
// More operations at once than this find no use in keeping theirs.
constexpr std::size_t kMostIdle = 8;
}  // namespace

ThreadTeamPool::Lease ThreadTeamPool::lease(std::size_t threads) {
  {
    const std::lock_guard lock(mutex_);
    const auto last = std::find_if(idle_.rbegin(), idle_.rend(), [threads](const auto& team) {
      return team->threads() == threads;
    });
    if (last != idle_.rend()) {
      std::unique_ptr<ThreadTeam> team = std::move(*last);
      idle_.erase(std::next(last).base());
      return {team.release(), {this}};
    }
  }
  return {new ThreadTeam(threads), {this}};
}

void ThreadTeamPool::give_back(std::unique_ptr<ThreadTeam> team) {
  std::unique_ptr<ThreadTeam> surplus;  // its threads end after the lock
  const std::lock_guard lock(mutex_);
  if (idle_.size() == kMostIdle) {
    surplus = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(team));
}

void ThreadTeamPool::clear() {
  std::vector<std::unique_ptr<ThreadTeam>> ended;
  const std::lock_guard lock(mutex_);
  ended.swap(idle_);
}

std::size_t ThreadTeamPool::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

}  // namespace robust_features
