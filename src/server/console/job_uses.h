#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/job_report.h"

namespace millrace::server::console {

// A job's table on Kafka.
struct KafkaUse {
  std::string job_id;
  std::string job_name;
  bool is_sink = false;
  std::string table;                // "default_catalog.default_database.SALES"
  std::vector<std::string> topics;  // of option 'topic'
  std::string topic_pattern;        // of option 'topic-pattern', else ""
  std::string group;                // of option 'properties.group.id', else ""
};

bool UsesTopic(const KafkaUse& use, const std::string& topic);

// Finds the Kafka tables that the jobs which have not ended read and write: the reports say which tables, the CREATE
// TABLE statements of the jobs' scripts where these lead. A job's script is parsed once. One thread.
class KafkaUseFinder {
 public:
  std::vector<KafkaUse> Find(const std::vector<engine::JobReport>& jobs);

 private:
  struct Table {
    std::vector<std::string> topics;
    std::string pattern;
    std::string group;
  };
  using Tables = std::map<std::string, Table>;  // by the last part of the name
  static Tables Parse(std::string_view script);

  std::map<std::string, Tables> by_job_;
};

}  // namespace millrace::server::console
