#include "app/flags.h"

#include <gtest/gtest.h>

namespace millrace::app {
namespace {

ArgumentSpec Spec() {
  return {.command = "millrace produce sales",
          .summary = "Writes sales.",
          .flags = {{"--rate", "N", "events per second", "1"},
                    {"-f,--file", "FILE", "a script", ""},
                    {"--alias", "NAME=HOST", "host alias", "", true},
                    {"--flush", "interval|always", "when", "interval"},
                    {"--quiet", "", "say nothing", ""}},
          .positional = "TOPIC",
          .max_positional = 1};
}

TEST(Arguments, ReadsValuesDefaultsSwitchesAndRepeats) {
  const auto args = Arguments::Parse(Spec(), {"--alias", "a=b", "SALES", "--alias=c=d", "-f", "x.sql", "--quiet"});
  ASSERT_TRUE(args.ok()) << args.error().message;
  EXPECT_EQ(args->Get("rate"), "1");
  EXPECT_FALSE(args->Has("rate"));
  EXPECT_EQ(args->GetAll("alias"), (std::vector<std::string>{"a=b", "c=d"}));
  EXPECT_EQ(args->Get("file"), "x.sql");
  EXPECT_TRUE(args->Has("quiet"));
  EXPECT_EQ(args->positional(), std::vector<std::string>{"SALES"});
}

TEST(Arguments, AValueDoesNotSwallowThePositionalBehindIt) {
  const auto args = Arguments::Parse(Spec(), {"--rate", "3", "SALES"});
  ASSERT_TRUE(args.ok()) << args.error().message;
  EXPECT_EQ(args->Get("rate"), "3");
  EXPECT_EQ(args->positional(), std::vector<std::string>{"SALES"});
}

TEST(Arguments, LastValueWinsForPlainFlags) {
  const auto args = Arguments::Parse(Spec(), {"--rate", "3", "--rate", "5"});
  ASSERT_TRUE(args.ok()) << args.error().message;
  EXPECT_EQ(*args->GetInt("rate", 0, 10), 5);
  EXPECT_FALSE(args->GetInt("rate", 0, 4).ok());
}

TEST(Arguments, UnknownFlagNamesTheNearest) {
  const auto args = Arguments::Parse(Spec(), {"--rat", "3"});
  ASSERT_FALSE(args.ok());
  EXPECT_EQ(args.error().message, "millrace produce sales: unknown option '--rat'.");
  EXPECT_EQ(args.error().hint, "Did you mean '--rate'?");
}

TEST(Arguments, AValueIsOneOfTheChoices) {
  EXPECT_EQ(Arguments::Parse(Spec(), {"--flush", "always"})->Get("flush"), "always");
  EXPECT_EQ(Arguments::Parse(Spec(), {})->Get("flush"), "interval");
  const auto wrong = Arguments::Parse(Spec(), {"--flush", "alwasy"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().message, "millrace produce sales: --flush is one of interval, always, not 'alwasy'.");
  EXPECT_EQ(wrong.error().hint, "Did you mean 'always'?");
}

TEST(Arguments, TheFirstArgumentIsOneOfTheActions) {
  ArgumentSpec spec = Spec();
  spec.positional = "take JOB_ID [DIR] | inspect PATH";
  spec.min_positional = 2;
  spec.max_positional = 3;
  EXPECT_TRUE(Arguments::Parse(spec, {"take", "job"}).ok());
  const auto wrong = Arguments::Parse(spec, {"tke"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().message, "millrace produce sales: the first argument is one of take, inspect, not 'tke'.");
  EXPECT_EQ(wrong.error().hint, "Did you mean 'take'?");
}

TEST(Arguments, WrongValuesAreUsageErrors) {
  const auto args = Arguments::Parse(Spec(), {"--rate", "3x", "--alias", "foo"});
  ASSERT_TRUE(args.ok()) << args.error().message;
  EXPECT_EQ(args->GetInt("rate", 0, 9).error().code, kUsageError);
  EXPECT_EQ(args->GetDouble("rate", 0).error().code, kUsageError);
  EXPECT_EQ(args->GetDurationMillis("rate").error().code, kUsageError);
  EXPECT_EQ(args->GetPairs("alias").error().message, "--alias takes NAME=VALUE, not 'foo'.");
  EXPECT_EQ(args->GetPairs("alias").error().code, kUsageError);
  EXPECT_EQ(Arguments::Parse(Spec(), {"--no"}).error().code, kUsageError);
}

TEST(Arguments, HelpIsText) {
  const auto args = Arguments::Parse(Spec(), {"--help"});
  ASSERT_TRUE(args.ok());
  EXPECT_NE(args->help().find("events per second (default: 1)"), std::string::npos);
}

}  // namespace
}  // namespace millrace::app
