#include "base/result.h"

#include <gtest/gtest.h>

#include "base/options.h"

namespace millrace {
namespace {

TEST(RenderError, ShowsLineCaretAndHint) {
  const std::string sql = "SELECT 1;\nSELECT nme FROM t;";
  const Error error = ValidationError("Column 'nme' not found.")
                          .WithSpan({.offset = 17, .length = 3, .line = 2, .column = 8})
                          .WithHint("Did you mean 'name'?");
  EXPECT_EQ(RenderError(error, sql),
            "Column 'nme' not found.\n2:8 | SELECT nme FROM t;\n             ^^^\nHint: Did you mean 'name'?");
}

TEST(Error, TheHintIsASentenceOfItsOwnOnALine) {
  EXPECT_EQ(UserError("No such port").WithHint("Choose another.").ToString(), "No such port. Choose another.");
  EXPECT_EQ(UserError("No such port.").WithHint("Choose another.").ToString(), "No such port. Choose another.");
  EXPECT_EQ(UserError("No such column").WithSpan({.line = 2, .column = 8}).WithHint("See x.").ToString(),
            "No such column (at 2:8). See x.");
}

TEST(Options, RefusesUnknownNamesWithTheNearest) {
  static const OptionTable table = {{.name = "topic", .required = true}, {.name = "properties.*"}};
  const auto options = Options::Validate("kafka", table, {{"toppic", "SALES"}, {"properties.group.id", "g"}});
  ASSERT_FALSE(options.ok());
  EXPECT_TRUE(options.error().message.starts_with("Unsupported options found for 'kafka'."));
  EXPECT_EQ(options.error().hint, "Did you mean 'topic' instead of 'toppic'?");
}

TEST(Options, FindsValuesDefaultsAndAliases) {
  static const OptionTable table = {
      {.name = "url", .aliases = {"schema-registry.url"}},
      {.name = "interval", .type = OptionType::kDuration, .default_value = "5 min"},
      {.name = "mode", .type = OptionType::kEnum, .default_value = "all", .choices = {"all", "none"}}};
  const auto options = Options::Validate("x", table, {{"schema-registry.url", "u"}, {"mode", "NONE"}});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->GetString("url"), "u");
  EXPECT_EQ(options->GetDurationMillis("interval"), 300'000);
  EXPECT_EQ(options->GetEnum("mode"), "none");
}

}  // namespace
}  // namespace millrace
