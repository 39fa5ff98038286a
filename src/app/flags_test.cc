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

TEST(Arguments, HelpIsText) {
  const auto args = Arguments::Parse(Spec(), {"--help"});
  ASSERT_TRUE(args.ok());
  EXPECT_NE(args->help().find("events per second (default: 1)"), std::string::npos);
}

}  // namespace
}  // namespace millrace::app
