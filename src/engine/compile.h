#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::engine {

// The stages of a statement on its way from text to operators (architecture.md section 2).
enum class Stage { kTokens, kAst, kBound, kOptimized, kPhysical };

// "tokens", "ast", "bound", "optimized", "physical"; error names the choices.
Result<Stage> ParseStage(std::string_view name);

}  // namespace millrace::engine
