// millrace test FILE...
#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/golden/runner.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "codec/json.h"

namespace millrace::app {
namespace {

// Files as given; folders are searched for *.test.
Status Collect(const std::string& path, std::vector<std::string>& out) {
  FileSystem& files = RealFileSystem();
  if (!files.Exists(path)) return UserError(fmt::format("{} does not exist.", path));
  if (!files.IsDirectory(path)) {
    out.push_back(path);
    return Ok();
  }
  MR_ASSIGN(const auto names, files.List(path));
  for (const std::string& name : names) {
    const std::string child = path + "/" + name;
    if (files.IsDirectory(child) || name.ends_with(".test")) MR_TRY(Collect(child, out));
  }
  return Ok();
}

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kError);
  std::vector<std::string> paths;
  for (const std::string& path : arguments.positional()) MR_TRY(Collect(path, paths));
  std::vector<golden::Mode> modes = golden::AllModes();
  if (arguments.Has("mode"))
    std::erase_if(modes, [&](const golden::Mode& mode) { return mode.name != arguments.Get("mode"); });
  // A new one every time finds more; failures name it.
  int64_t seed = std::random_device{}();
  if (arguments.Has("seed")) {
    MR_ASSIGN(seed, arguments.GetInt("seed", 0, INT64_MAX));
  }
  int64_t passed = 0;
  int64_t failed = 0;
  int64_t skipped = 0;
  for (const std::string& path : paths) {
    MR_ASSIGN(const std::string text, ReadWholeFile(RealFileSystem(), path));
    auto script = golden::ParseScript(path, text);
    for (const golden::Mode& mode : modes) {
      const auto skip = script.ok() ? golden::ReasonToSkip(*script, mode) : std::nullopt;
      if (skip) {
        ++skipped;
        if (arguments.Has("verbose")) fmt::print("SKIP {} [{}]: {}\n", path, mode.name, *skip);
        continue;
      }
      std::string problems = script.ok() ? golden::RunScript(*script, mode, static_cast<uint64_t>(seed))
                                         : "  " + script.error().ToString() + "\n";
      if (!problems.empty() && mode.restore_parallelism > 0)
        problems += fmt::format("  again: --mode {} --seed {}\n", mode.name, seed);
      problems.empty() ? ++passed : ++failed;
      if (arguments.Has("json")) {
        codec::Json row = codec::Json::MakeObject();
        row.Set("file", path);
        row.Set("mode", mode.name);
        row.Set("passed", problems.empty());
        row.Set("problems", problems);
        fmt::print("{}\n", row.ToString());
      } else if (!problems.empty()) {
        fmt::print("FAIL {} [{}]\n{}", path, mode.name, problems);
      }
    }
  }
  fmt::print("{} scripts in {} modes\n{} passed, {} failed, {} skipped{}\n", paths.size(), modes.size(), passed, failed,
             skipped, skipped == 0 || arguments.Has("verbose") ? "" : " (--verbose says why)");
  return failed == 0 ? kExitOk : kExitFailed;
}

}  // namespace

Command TestCommand() {
  std::vector<std::string> modes;
  for (const golden::Mode& mode : golden::AllModes()) modes.push_back(mode.name);
  return {{.command = "millrace test",
           .summary = "Runs golden scripts: tests of SQL jobs as text.",
           .flags = {{"--mode", Join(modes, "|"), "only this mode", ""},
                     {"--seed", "N",
                      "chooses the rows at which the restore modes kill the jobs (default: another one each\n"
                      "time, which a failure names)",
                      ""},
                     {"--json", "", "one line of JSON per script and mode", ""},
                     {"--verbose", "", "say why scripts are skipped in a mode", ""}},
           .positional = "FILE...",
           .positional_doc = "golden scripts, or folders that hold *.test files",
           .min_positional = 1,
           .max_positional = 100'000,
           .epilog = "The format of the files: docs/golden-scripts.md."},
          Run};
}

}  // namespace millrace::app
