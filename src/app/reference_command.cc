// millrace reference
#include <fmt/format.h>

#include "app/commands.h"
#include "app/reference.h"
#include "base/file.h"

namespace millrace::app {
namespace {

Result<int> Run(const Arguments& arguments) {
  if (!arguments.Has("out")) {
    if (arguments.positional().empty()) {
      return UsageError("Name a page, or a folder for all of them.")
          .WithHint(fmt::format("Pages: {}.", fmt::join(ReferencePages(), ", ")));
    }
    MR_ASSIGN(const std::string text, ReferencePage(arguments.positional()[0]));
    fmt::print("{}", text);
    return kExitOk;
  }
  for (const std::string_view page : ReferencePages()) {
    MR_ASSIGN(const std::string text, ReferencePage(page));
    MR_TRY(WriteFileAtomically(RealFileSystem(), fmt::format("{}/{}.md", arguments.Get("out"), page), text));
  }
  return kExitOk;
}

}  // namespace

Command ReferenceCommand() {
  ArgumentSpec spec{.command = "millrace reference",
                    .summary = "Prints the reference: commands, config, connectors, formats, functions.",
                    .flags = {{"--out", "DIR", "write all pages into this folder, as NAME.md", ""}},
                    .positional = "PAGE",
                    .positional_doc = "the page to print, as Markdown",
                    .max_positional = 1};
  spec.epilog = "Example:\n  millrace reference connectors";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
