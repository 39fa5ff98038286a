#pragma once

#include "base/options.h"
#include "connect/environment.h"

namespace millrace::connect {

// Option values with their references replaced: ${env:NAME} by a variable of the process, ${file:PATH} by what the file
// holds, without the line end behind it. Other text stays as it is, `${` too. The error names option and `table`.
Result<OptionMap> ResolveReferences(OptionMap options, std::string_view table, const Environment& environment);

// A message with what the references of `options` (as written) brought replaced by the references: it may be a secret.
std::string WithReferences(std::string message, const OptionMap& options, const Environment& environment);

}  // namespace millrace::connect
