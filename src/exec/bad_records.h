#pragma once

#include <map>
#include <mutex>
#include <string>

#include "connect/source.h"
#include "plan/physical.h"

namespace millrace::exec {

// Writes records that could not be decoded into the tables named by 'error-handling.log.target'. Shared by all slots;
// thread-safe.
class BadRecords {
 public:
  explicit BadRecords(const plan::PhysicalPlan& plan) : plan_(plan) {}
  Status Write(const std::string& table, const std::vector<connect::BadRecord>& records, int64_t now_millis);
  Status Flush();

 private:
  const plan::PhysicalPlan& plan_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<connect::SinkWriter>> writers_;
};

}  // namespace millrace::exec
