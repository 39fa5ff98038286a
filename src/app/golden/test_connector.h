#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/golden/killed_process.h"
#include "app/golden/script.h"
#include "codec/json.h"
#include "connect/connector.h"

namespace millrace::app::golden {

// What a script feeds into and expects of its `'connector' = 'test'` tables, shared by the tables of one run. Events of
// all tables are handed out in the order of the script: a reader waits until its event is next.
class Stage {
 public:
  struct Event {
    std::string table;
    std::vector<TextRow> rows;  // one batch at most
    bool is_watermark = false;
    int64_t watermark_millis = 0;
  };
  // `batch_rows`: sections are cut into batches of at most that many rows.
  Stage(const Script& script, size_t batch_rows);

  const std::vector<Event>& events() const { return events_; }
  size_t next() const;  // index of the event that is due
  // Nothing from event `index` on, nor the end, is handed out.
  void HoldAt(size_t index) { hold_.store(index); }
  bool Holds(size_t index) const { return index >= hold_.load(); }
  void AdvanceTo(size_t index);  // the events before it were handed out; two readers of one table may both say so
  void Collect(const std::string& table, const Batch& batch);
  // As Collect, once checkpoint `unit` of the job is committed.
  void Write(const std::string& job, uint64_t unit, const std::string& table, const Batch& batch);
  void Commit(const std::string& job, const connect::CheckpointName& checkpoint);
  // For a process that is to die: each commit is told too, in the stage's lock. TakeOver does it in another process.
  void OnCommit(Tell tell) { tell_ = std::move(tell); }
  void TakeOver(const codec::Json& commit);
  void Abort(const std::string& job);                                              // drops what is not committed
  std::optional<connect::CheckpointName> Committed(const std::string& job) const;  // its last checkpoint
  std::vector<std::string> Collected(const std::string& table) const;              // "+I | a | 1", in order of arrival
  bool HasTable(const std::string& table) const;

 private:
  std::vector<Event> events_;
  mutable std::mutex mutex_;
  std::atomic<size_t> hold_{SIZE_MAX};
  size_t next_ = 0;
  struct Uncommitted {
    std::string job;
    uint64_t unit = 0;
    std::string table;
    std::string row;
  };
  std::map<std::string, std::vector<std::string>> collected_;
  std::vector<Uncommitted> uncommitted_;
  Tell tell_;
  std::map<std::string, connect::CheckpointName> committed_;  // by job
};

// The connector `test`: one split read by slot 0; the sink accepts every kind of change ('changelog' = 'all' | 'upsert'
// | 'insert'; as a source: the kinds its rows may have) and commits with the checkpoints of a job that takes some.
connect::ConnectorDef TestConnector(std::shared_ptr<Stage> stage);
std::shared_ptr<connect::Sink> MakeTestSink(std::shared_ptr<Stage> stage, std::string table);

}  // namespace millrace::app::golden
