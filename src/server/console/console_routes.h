#pragma once

#include "http/router.h"
#include "server/console/kafka_console.h"

namespace millrace::server {

// The console's part of the pages' JSON API: /api/info, /api/topics…, /api/schemas…, /api/groups…
// (docs/cluster-contract.md). `context` outlives the router.
void AddKafkaConsoleRoutes(http::Router& router, KafkaConsole& context);

namespace console {

// The parts of it, one file each.
void AddTopicRoutes(http::Router& router, KafkaConsole& context);
void AddMessageRoutes(http::Router& router, KafkaConsole& context);
void AddProduceRoutes(http::Router& router, KafkaConsole& context);
void AddSearchRoutes(http::Router& router, KafkaConsole& context);
void AddSchemaRoutes(http::Router& router, KafkaConsole& context);
void AddGroupRoutes(http::Router& router, KafkaConsole& context);

// {step_millis, times, series: {}} of a history, to which the series are added.
codec::Json HistoryJson(const SampleRing::Series& series);
codec::Json ValuesJson(const std::vector<std::optional<double>>& values);
// ?range=15m|6h
Result<HistoryRange> RangeOf(const http::Request& request);
// {subject, id, version, type} or null.
codec::Json SchemaRefJson(const registry::RegisteredSchema* schema);

}  // namespace console
}  // namespace millrace::server
