#pragma once

#include <string_view>

namespace millrace::engine {

// Flink's client changed its words between releases (flink-sql.md 1.5). Scripts that grep its output choose with
// 'compat.flink-version' = '1.16' | '1.20'.
enum class FlinkVersion { k1_16, k1_20 };

struct SessionTexts {
  std::string_view ok;         // DDL, USE, ADD JAR
  std::string_view set_key;    // SET k = v
  std::string_view reset_key;  // RESET k
  std::string_view reset_all;  // RESET
  std::string_view remove_jar;
  std::string_view begin_statement_set;   // BEGIN STATEMENT SET
  std::string_view add_to_statement_set;  // INSERT inside a set
  std::string_view empty_statement_set;   // END of an empty set
  std::string_view only_insert_in_set;    // error: anything but INSERT inside a set
  std::string_view end_without_begin;     // error
  // Printed by the caller round a job. Empty = print nothing.
  std::string_view insert_submitting;       // before submission
  std::string_view insert_submitted;        // followed by "Job ID: <hex>" and an empty line
  std::string_view insert_sync_submitting;  // the same with table.dml-sync
  std::string_view insert_sync_waiting;
  std::string_view insert_sync_complete;
  std::string_view quit;
};

const SessionTexts& TextsOf(FlinkVersion version);

}  // namespace millrace::engine
