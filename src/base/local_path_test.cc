#include "base/local_path.h"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>
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
  EXPECT_EQ(AbsolutePath("/a/../b"), "/a/../b");
  const std::string folder = std::filesystem::current_path().string();
  for (const char* same : {"here/it", "./here/it", ".//./here/it"}) EXPECT_EQ(AbsolutePath(same), folder + "/here/it");
  const std::string above = std::filesystem::current_path().parent_path().string();
  for (const char* same : {"../it", "./..//it", ".././it"}) EXPECT_EQ(AbsolutePath(same), above + "/it") << same;
  EXPECT_EQ(AbsolutePath(".."), above);
  EXPECT_EQ(AbsolutePath("it/../here"), folder + "/it/../here");
  EXPECT_EQ(AbsolutePath("..it"), folder + "/..it");
  for (const char* same : {".", "./", "./."}) EXPECT_EQ(AbsolutePath(same), folder) << same;
  EXPECT_EQ(AbsolutePath(".it"), folder + "/.it");
  EXPECT_EQ(AbsolutePath(""), "");
  EXPECT_EQ(*AbsoluteLocalPath("file:here/"), folder + "/here");
  for (const char* same : {"s3://bucket/sp", "file:/a/b", "file:///a/b"}) EXPECT_EQ(AbsolutePath(same), same);
}

TEST(LocalPath, FolderAboveALinkIsThatOfItsTarget) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / fmt::format("millrace-path-{}", ::getpid());
  fs::create_directories(folder / "far/target");
  fs::create_directory_symlink("far/target", folder / "link");
  const std::string relative = fs::relative(folder, fs::current_path()).string() + "/link/..";
  for (const std::string& path : {(folder / "link/..").string(), relative}) {
    EXPECT_TRUE(fs::equivalent(AbsolutePath(path), folder / "far")) << path;
  }
  fs::remove_all(folder);
}

TEST(LocalPath, OtherFileSystemsAreNamed) {
  const auto path = LocalPath("s3://bucket/sp");
  ASSERT_FALSE(path.ok());
  EXPECT_EQ(path.error().message, "Could not find a file system implementation for scheme 's3'.");
}

}  // namespace
}  // namespace millrace
