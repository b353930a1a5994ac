#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/thread_team.hpp"

namespace robust_features {

// Teams between two operations. The kernel lets a fresh thread share a core with the one that
// started it for some 20 ms; threads that have run before wake up on a core of their own.
class ThreadTeamPool {
 public:
  struct Return {
    ThreadTeamPool* pool;
    void operator()(ThreadTeam* team) const { pool->give_back(std::unique_ptr<ThreadTeam>(team)); }
  };
  using Lease = std::unique_ptr<ThreadTeam, Return>;

  Lease lease(std::size_t threads);
  // Ends the threads of all idle teams.
  void clear();
  std::size_t idle() const;

 private:
  void give_back(std::unique_ptr<ThreadTeam> team);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<ThreadTeam>> idle_;  // the longest idle first
};

}  // namespace robust_features
