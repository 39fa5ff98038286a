#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/catalogs.h"
#include "connect/connector.h"
#include "plan/logical.h"
#include "plan/physical.h"

namespace millrace::sql {
struct Statement;
}

namespace millrace::planner {

// What planning one statement may see and use. Everything outlives the call; the physical plan keeps `environment`.
struct Context {
  const catalog::Catalogs* catalogs = nullptr;
  const std::vector<connect::ConnectorDef>* connectors = nullptr;
  const std::vector<connect::FormatDef>* formats = nullptr;
  std::shared_ptr<const connect::Environment> environment;

  // From the session's config, already parsed.
  const TimeZone* zone = nullptr;
  bool streaming = true;
  uint32_t parallelism = 1;
  int64_t idle_timeout_millis = 0;
  int64_t auto_watermark_interval_millis = 200;
  bool require_on_conflict = false;            // table.exec.sink.require-on-conflict
  bool drop_nulls = false;                     // table.exec.sink.not-null-enforcer = DROP
  bool dynamic_table_options = true;           // table.dynamic-table-options.enabled
  bool hide_default_virtual_metadata = false;  // table.column-expansion-strategy
  bool hide_aliased_virtual_metadata = false;
  bool two_phase = true;            // table.optimizer.agg-phase-strategy is not ONE_PHASE
  bool early_or_late_fire = false;  // table.exec.emit.*: refused by window table functions
  std::string job_name;             // pipeline.name; "" = from the statement

  // One line each, for the person at the terminal. Never null.
  std::vector<std::string>* warnings = nullptr;
};

}  // namespace millrace::planner
