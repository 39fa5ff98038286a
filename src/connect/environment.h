#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/options.h"
#include "data/value.h"

namespace millrace::connect {

struct FormatDef;
struct ConnectorDef;

// What connectors and formats may use of the process around them. Outlives all sources and sinks.
struct Environment {
  Clock* clock = &SystemClock();
  // Host names that lead elsewhere: --alias kafka_broker=127.0.0.1. Applied to bootstrap servers, to hosts a broker advertises
  // and to URLs.
  std::map<std::string, std::string> host_aliases;
  const TimeZone* zone = nullptr;  // table.local-time-zone; null = UTC
  const std::vector<FormatDef>* formats = nullptr;
  // Where the print connector writes; null = stdout. Called with whole lines.
  std::function<void(std::string_view line, bool to_stderr)> print;
};

// The URL with an aliased host replaced; others unchanged.
std::string ApplyHostAlias(const Environment& environment, std::string_view url);

}  // namespace millrace::connect
