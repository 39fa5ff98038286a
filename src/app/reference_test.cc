#include "app/reference.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace millrace::app {
namespace {

// docs/reference is what the tables of the code say: `millrace reference --out docs/reference` makes it anew.
TEST(Reference, PagesInTheDocsAreThoseOfThisVersion) {
  for (const std::string_view page : ReferencePages()) {
    std::ifstream file(std::string(MILLRACE_SOURCE_DIR) + "/docs/reference/" + std::string(page) + ".md");
    ASSERT_TRUE(file.good()) << page;
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), *ReferencePage(page)) << "run: millrace reference --out docs/reference";
  }
}

TEST(Reference, ConnectorPageNamesOptionsDefaultsAndMetadata) {
  const std::string page = *ReferencePage("connectors");
  EXPECT_NE(page.find("| `scan.startup.mode` |"), std::string::npos);
  EXPECT_NE(page.find("| `timestamp` | `TIMESTAMP_LTZ(3)"), std::string::npos);
}

TEST(Reference, AnUnknownPageIsRefusedWithTheNearestName) {
  const auto page = ReferencePage("conector");
  ASSERT_FALSE(page.ok());
  EXPECT_NE(page.error().hint.find("connectors"), std::string::npos);
}

}  // namespace
}  // namespace millrace::app
