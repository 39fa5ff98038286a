#include "base/local_path.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(LocalPath, TakesPathsAndFileUris) {
  for (const char* same : {"/a/b", "/a/b/", "file:/a/b", "file:///a/b//"}) EXPECT_EQ(*LocalPath(same), "/a/b") << same;
  EXPECT_EQ(*LocalPath(""), "");
  EXPECT_EQ(*LocalPath("/"), "/");
  EXPECT_EQ(*LocalPath("here"), "here");
}

TEST(LocalPath, AbsoluteOnesStayAndOthersBeginAtTheWorkingFolder) {
  EXPECT_EQ(AbsolutePath("/a/b"), "/a/b");
  EXPECT_EQ(AbsolutePath("/a/../b"), "/b");
  EXPECT_EQ(AbsolutePath("here/it"), std::filesystem::current_path().string() + "/here/it");
  EXPECT_EQ(AbsolutePath("../it"), std::filesystem::current_path().parent_path().string() + "/it");
  EXPECT_EQ(AbsolutePath(""), "");
  EXPECT_EQ(*AbsoluteLocalPath("file:here/"), std::filesystem::current_path().string() + "/here");
  for (const char* same : {"s3://bucket/sp", "file:/a/b", "file:///a/b"}) EXPECT_EQ(AbsolutePath(same), same);
}

TEST(LocalPath, OtherFileSystemsAreNamed) {
  const auto path = LocalPath("s3://bucket/sp");
  ASSERT_FALSE(path.ok());
  EXPECT_EQ(path.error().message, "Could not find a file system implementation for scheme 's3'.");
}

}  // namespace
}  // namespace millrace
