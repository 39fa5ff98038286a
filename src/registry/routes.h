#pragma once

#include <string_view>

#include "http/router.h"
#include "registry/registry.h"

namespace millrace::registry {

// Confluent's REST API over a registry, which must outlive the router. Answers are always JSON of Confluent's content
// type; errors are {"error_code":40401,"message":"..."} under the HTTP status of the code's first three digits.
void AddRoutes(http::Router& router, Registry& registry);

// The parts of it, one file each.
void AddSubjectRoutes(http::Router& router, Registry& registry);  // /subjects
void AddSchemaRoutes(http::Router& router, Registry& registry);   // /schemas, /contexts, /v1/metadata, /
void AddSettingRoutes(http::Router& router, Registry& registry);  // /config, /mode, /compatibility

http::Response ErrorAnswer(int code, std::string_view message);

}  // namespace millrace::registry
