#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"
#include "engine/job_report.h"

namespace millrace::server {

// Flink's SerializedThrowable as its JSON: {"class", "stack-trace", "serialized-throwable"}. The last is the object in
// Java's serialization, which Flink's clients insist on.
codec::Json ThrowableJson(std::string_view class_name, std::string_view text);

// The failure's code when that is a class, else Flink's own for the engine's failures.
std::string ExceptionClass(const engine::FailureReport& failure);

}  // namespace millrace::server
