#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/job_report.h"

namespace millrace::server {

struct SubtaskRates {
  double records_in = 0;  // per second, as the next three
  double records_out = 0;
  double bytes_in = 0;
  double bytes_out = 0;
  double busy = 0;  // share of the time, 0..1, as the next two
  double backpressured = 0;
  double idle = 0;
};

struct OperatorRates {
  double records_in = 0;  // per second
  double records_out = 0;
};

// How fast a job is: what its counts grew by over the last seconds.
struct JobRates {
  std::map<std::string, std::vector<SubtaskRates>> vertices;  // by vertex id; the subtasks in order
  std::map<uint32_t, OperatorRates> operators;                // by operator id
  double records_in = 0;                                      // out of all sources, per second
  double records_out = 0;                                     // into all sinks
  double late_rows = 0;

  SubtaskRates Of(const std::string& vertex, size_t subtask) const;  // zeros for what is not known
  // The largest of each share over the subtasks of a vertex; rates are summed.
  SubtaskRates OfVertex(const std::string& vertex) const;
  OperatorRates OfOperator(uint32_t id) const;
};

// Makes rates out of successive reports of one job. One thread.
class RateMeter {
 public:
  void Add(const engine::JobReport& report);
  const std::shared_ptr<const JobRates>& rates() const { return rates_; }

 private:
  struct Counts {
    int64_t millis = 0;
    std::vector<engine::SubtaskReport> subtasks;         // of all vertices, in order
    std::vector<std::pair<int64_t, int64_t>> operators;  // records in, out; of all vertices
    int64_t records_in = 0;
    int64_t records_out = 0;
    int64_t late_rows = 0;
  };
  static Counts CountsOf(const engine::JobReport& report);

  std::deque<Counts> recent_;
  std::shared_ptr<const JobRates> rates_ = std::make_shared<const JobRates>();
};

// Records that came out of the sources and into the sinks of a job, and rows that came too late.
struct JobCounts {
  int64_t records_in = 0;
  int64_t records_out = 0;
  int64_t late_rows = 0;
  int64_t state_bytes = 0;
};
JobCounts CountsOfJob(const engine::JobReport& report);
// The lowest watermark of the sources' splits that are not idle, epoch millis; INT64_MIN = none.
int64_t WatermarkOfJob(const engine::JobReport& report);
bool IsSource(const engine::VertexReport& vertex, const engine::OperatorReport& op);
bool IsSink(const engine::VertexReport& vertex, const engine::OperatorReport& op);

}  // namespace millrace::server
