#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "data/value.h"

namespace millrace::connect {

struct FormatDef;
struct ConnectorDef;

// What connectors and formats may use of the process around them. Outlives all sources and sinks.
struct Environment {
  Clock* clock = &SystemClock();
  // Host names that lead elsewhere, from --alias NAME[:PORT]=HOST[:PORT]: "kafka_broker" -> "127.0.0.1" keeps the port,
  // "kafka_broker:29092" -> "127.0.0.1:19092" replaces both (and is looked up first). Applied to bootstrap servers, to
  // hosts a broker advertises (name only) and to URLs.
  std::map<std::string, std::string> host_aliases;
  // Where ${file:PATH} and ${env:NAME} of option values lead; an empty function = the process's variables.
  FileSystem* files = &RealFileSystem();
  std::function<std::optional<std::string>(const std::string& name)> variable;
  const TimeZone* zone = nullptr;  // table.local-time-zone; null = UTC
  const std::vector<FormatDef>* formats = nullptr;
  // Where the print connector writes; null = stdout. Called with whole lines.
  std::function<void(std::string_view line, bool to_stderr)> print;
};

// "host", "host:port" or a URL with its aliased host replaced; others unchanged.
std::string ApplyHostAlias(const Environment& environment, std::string_view address);

}  // namespace millrace::connect
