#include "server/console/job_uses.h"

#include <algorithm>
#include <regex>

#include "base/strings.h"
#include "sql/parser.h"
#include "sql/script.h"

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

// Later statements win, as they do in a session.
KafkaUseFinder::Tables KafkaUseFinder::Parse(std::string_view script) {
  Tables out;
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    const auto statement = sql::ParseStatement(piece.text, piece.position);
    if (!statement.ok() || statement->kind != sql::Statement::Kind::kCreateTable) continue;
    Table table;
    bool is_kafka = false;
    for (const sql::Option& option : statement->create_table->options) {
      if (option.key == "connector") is_kafka = option.value == "kafka" || option.value == "upsert-kafka";
      if (option.key == "topic") table.topics = Split(option.value, ';');
      if (option.key == "topic-pattern") table.pattern = option.value;
      if (option.key == "properties.group.id") table.group = option.value;
    }
    const std::string& name = statement->create_table->name.back().name;
    out.erase(name);
    if (is_kafka) out.emplace(name, std::move(table));
  }
  return out;
}

std::vector<KafkaUse> KafkaUseFinder::Find(const std::vector<engine::JobReport>& jobs) {
  std::vector<KafkaUse> out;
  std::map<std::string, Tables> running;
  for (const engine::JobReport& job : jobs) {
    if (job.ended()) continue;
    const auto known = by_job_.find(job.id);
    const Tables& tables =
        running.emplace(job.id, known != by_job_.end() ? std::move(known->second) : Parse(job.script)).first->second;
    for (const engine::VertexReport& vertex : job.vertices) {
      for (size_t i = 0; i < vertex.operators.size(); ++i) {
        const std::string& path = vertex.operators[i].table;
        const auto table = tables.find(path.substr(path.rfind('.') + 1));
        if (path.empty() || table == tables.end()) continue;
        const bool is_sink = !vertex.inputs.empty() || i > 0;
        const auto& [topics, pattern, group] = table->second;
        out.push_back({job.id, job.name, is_sink, path, topics, pattern, group});
      }
    }
  }
  by_job_ = std::move(running);
  return out;
}

}  // namespace millrace::server::console
