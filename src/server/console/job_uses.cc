#include "server/console/job_uses.h"

#include <algorithm>
#include <regex>

namespace millrace::server::console {
namespace {

bool Matches(const std::string& pattern, const std::string& topic) {
  try {
    return std::regex_match(topic, std::regex(pattern));
  } catch (const std::regex_error&) {
    return false;
  }
}

}  // namespace

bool UsesTopic(const KafkaUse& use, const std::string& topic) {
  if (!use.topic_pattern.empty()) return Matches(use.topic_pattern, topic);
  return std::find(use.topics.begin(), use.topics.end(), topic) != use.topics.end();
}

std::vector<KafkaUse> FindKafkaUses(const std::vector<engine::JobReport>& jobs) {
  std::vector<KafkaUse> out;
  for (const engine::JobReport& job : jobs) {
    if (job.ended()) continue;
    for (const engine::VertexReport& vertex : job.vertices) {
      for (size_t i = 0; i < vertex.operators.size(); ++i) {
        const engine::OperatorReport& op = vertex.operators[i];
        if (!op.use || op.use->system != "kafka") continue;
        const bool is_sink = !vertex.inputs.empty() || i > 0;
        out.push_back({job.id, job.name, is_sink, op.table, op.use->topics, op.use->topic_pattern, op.use->group});
      }
    }
  }
  return out;
}

}  // namespace millrace::server::console
