#include "engine/job_spec.h"

#include <algorithm>
#include <cctype>
#include <random>

#include <fmt/format.h>

#include "engine/json_fields.h"
#include "engine/session.h"

namespace millrace::engine {
namespace {

constexpr size_t kMaxIdBytes = 64;

}  // namespace

template <typename F>
void Fields(F& field, JobSpec& spec) {
  field("id", spec.id);
  field("name", spec.name);
  field("preparation", spec.preparation);
  field("statement", spec.statement);
  field("query", spec.query);
  field("slots", spec.slots);
  field("checkpoint_directory", spec.checkpoint_directory);
  field("resumable", spec.resumable);
}

JobSpec MakeJobSpec(const StatementResult& result, const Session& session, std::string id) {
  JobSpec spec;
  spec.id = std::move(id);
  spec.name = result.plan->job_name;
  spec.preparation = session.Preparation();
  spec.statement = result.statement;
  spec.query = result.kind == StatementResult::Kind::kQuery;
  spec.slots = result.plan->parallelism;
  return spec;
}

std::string NewJobId() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

bool IsJobId(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

codec::Json ToJson(const JobSpec& spec) { return FieldWriter::Write(spec); }

Result<JobSpec> JobSpecFromJson(const codec::Json& json) {
  MR_ASSIGN(JobSpec spec, FieldReader::Read<JobSpec>(json, "job"));
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  if (spec.id.empty() || spec.id.size() > kMaxIdBytes || !std::all_of(spec.id.begin(), spec.id.end(), plain)) {
    // It names a folder, too.
    return UserError(fmt::format("No job: its 'id' is 1 to {} letters, digits, '-' and '_'.", kMaxIdBytes));
  }
  return spec;
}

}  // namespace millrace::engine
