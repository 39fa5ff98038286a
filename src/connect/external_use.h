#pragma once

#include <string>
#include <vector>

namespace millrace::connect {

// What of an outside system a table of a job uses, with the options of LIKE and of hints in it. Everybody who may see
// the job sees it, so it has these options only: no logins, no other properties.
struct ExternalUse {
  std::string system;   // "kafka"
  std::string servers;  // bootstrap servers as the table names them, before host aliases
  std::vector<std::string> topics;
  std::string topic_pattern;  // instead of topics
  std::string group;          // of a source that was given one: where others see its positions; else ""
};

}  // namespace millrace::connect
