#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/golden/script.h"

namespace millrace::app::golden {

// One way to run a script. The exact mode compares the changelog row by row (rows that one watermark releases may come
// in any order among themselves, so lines are compared as a multiset per run of sections); the others compare the
// folded result.
struct Mode {
  std::string name;
  size_t batch_rows = 1;
  uint32_t parallelism = 1;
  bool optimize = true;
  bool exact = false;
  // Kills the process (SIGKILL) at some row behind the jobs' checkpoints of an earlier one; another goes on from those
  // with this many slots on this backend; 0 = no.
  uint32_t restore_parallelism = 0;
  std::string backend;  // state.backend; "" = the default
  std::string restore_backend;
};

std::vector<Mode> AllModes();

// Why the script does not run in this mode, as a `== skip` section or its nature says.
std::optional<std::string> ReasonToSkip(const Script& script, const Mode& mode);

// Empty when the script passes; else what differs, for a person. `seed`: for the rows at which a job is killed.
std::string RunScript(const Script& script, const Mode& mode, uint64_t seed);

}  // namespace millrace::app::golden
