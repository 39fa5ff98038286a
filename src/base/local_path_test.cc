#include "base/local_path.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(LocalPath, TakesPathsAndFileUris) {
  for (const char* same : {"/a/b", "/a/b/", "file:/a/b", "file:///a/b//"}) EXPECT_EQ(*LocalPath(same), "/a/b") << same;
  EXPECT_EQ(*LocalPath(""), "");
  EXPECT_EQ(*LocalPath("/"), "/");
  EXPECT_EQ(*LocalPath("here"), "here");
}

TEST(LocalPath, OtherFileSystemsAreNamed) {
  const auto path = LocalPath("s3://bucket/sp");
  ASSERT_FALSE(path.ok());
  EXPECT_EQ(path.error().message, "Could not find a file system implementation for scheme 's3'.");
}

}  // namespace
}  // namespace millrace
