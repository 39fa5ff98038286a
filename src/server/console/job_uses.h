#pragma once

#include <string>
#include <vector>

#include "engine/job_report.h"

namespace millrace::server::console {

// A job's table on Kafka.
struct KafkaUse {
  std::string job_id;
  std::string job_name;
  bool is_sink = false;
  std::string table;  // "default_catalog.default_database.SALES"
  std::vector<std::string> topics;
  std::string topic_pattern;  // instead of topics
  std::string group;          // of a source with 'properties.group.id', else ""
};

bool UsesTopic(const KafkaUse& use, const std::string& topic);

// The Kafka tables that the jobs which have not ended read and write, as their reports say. A topic or group is known
// by its name alone: names of brokers differ between the job and the console too often to tell clusters apart.
std::vector<KafkaUse> FindKafkaUses(const std::vector<engine::JobReport>& jobs);

}  // namespace millrace::server::console
