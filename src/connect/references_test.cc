#include "connect/references.h"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/file.h"

namespace millrace::connect {
namespace {

class ReferencesTest : public ::testing::Test {
 protected:
  ReferencesTest() {
    environment.variable = [](const std::string& name) -> std::optional<std::string> {
      return name == "USER_NAME" ? std::optional<std::string>("ada") : std::nullopt;
    };
  }
  std::string Resolve(const std::string& value) {
    const auto options = ResolveReferences({{"properties.a", value}}, "T", environment);
    return options.ok() ? options->at("properties.a") : options.error().ToString();
  }
  Environment environment;
};

TEST_F(ReferencesTest, OfVariables) {
  EXPECT_EQ(Resolve("${env:USER_NAME}"), "ada");
  EXPECT_EQ(Resolve("a=\"${env:USER_NAME}\" b=${env: USER_NAME }."), "a=\"ada\" b=ada.");
  EXPECT_EQ(Resolve("${env:NOPE}"),
            "Option 'properties.a' of table T: the environment variable NOPE is not set. Set it for the process that "
            "plans the job and for the one that runs it.");
  EXPECT_EQ(Resolve("a ${env:USER_NAME"),
            "Option 'properties.a' of table T: ${env:USER_NAME is not closed. A reference is written ${env:NAME} or "
            "${file:PATH}.");
  const std::string secret = Resolve("user=\"${env:USER_NAME\" password=\"hunter2\";");
  EXPECT_NE(secret.find("${env:USER_NAME is not closed"), std::string::npos) << secret;
  EXPECT_EQ(secret.find("hunter2"), std::string::npos) << secret;
  environment.variable = nullptr;
  ASSERT_EQ(setenv("MILLRACE_REFERENCES_TEST", "of the process", 1), 0);
  EXPECT_EQ(Resolve("${env:MILLRACE_REFERENCES_TEST}"), "of the process");
}

TEST_F(ReferencesTest, OfFiles) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("millrace-references-" + std::to_string(getpid()))).string();
  ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), path, "hunter2\n").ok());
  EXPECT_EQ(Resolve("${file:" + path + "}"), "hunter2");
  ASSERT_TRUE(RealFileSystem().Remove(path).ok());
  EXPECT_NE(
      Resolve("${file:" + path + "}").find("Option 'properties.a' of table T: the file " + path + " cannot be read: "),
      std::string::npos);
}

TEST_F(ReferencesTest, OtherTextStays) {
  for (const std::string text : {"", "$", "${", "${other:x}", "$env:USER_NAME", "{}"}) {
    EXPECT_EQ(Resolve(text), text);
  }
  // What a reference brings is no reference.
  environment.variable = [](const std::string&) { return std::optional<std::string>("${env:AGAIN}"); };
  EXPECT_EQ(Resolve("${env:X}"), "${env:AGAIN}");
}

TEST_F(ReferencesTest, MessagesShowThemAsWritten) {
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "PW") return "hunter2";
    if (name == "LONGER") return "xhunter2";
    if (name == "FLAG") return "true";
    return std::nullopt;
  };
  const auto shown = [&](const std::string& message) {
    const OptionMap options = {{"a", "${env:PW}"},   {"b", "${env:LONGER}"}, {"c", "${env:FLAG}"},
                               {"d", "u:${env:PW}"}, {"e", "${env:NOPE}"},   {"f", "plain"}};
    return WithReferences(message, options, environment);
  };
  EXPECT_EQ(shown("'hunter2' is no size"), "'${env:PW}' is no size");
  EXPECT_EQ(shown("topics [t_hunter2, u:hunter2]"), "topics [t_${env:PW}, u:${env:PW}]");
  EXPECT_EQ(shown("'xhunter2'"), "'${env:LONGER}'");
  EXPECT_EQ(shown("'true' is not true or false"), "'${env:FLAG}' is not true or false");
  EXPECT_EQ(shown("plain"), "plain");
}

}  // namespace
}  // namespace millrace::connect
