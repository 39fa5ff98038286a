// What LogStore::Open refuses.
#include "broker/log/log_store.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

Result<std::unique_ptr<LogStore>> OpenAt(const std::string& folder) {
  LogStoreOptions options;
  options.data_dir = folder;
  options.background_threads = false;
  return LogStore::Open(std::move(options));
}

TEST(LogStoreOpen, AFolderThatCannotBeMadeIsAnError) {
  const auto store = OpenAt("/proc/none/data");
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.error().message.find("/proc/none"), std::string::npos) << store.error().message;
}

TEST(LogStoreOpen, AFolderInUseIsRefusedAndFreeAgainAfterwards) {
  const TempFolder folder;
  {
    const auto first = OpenAt(folder.path());
    ASSERT_TRUE(first.ok()) << first.error().ToString();
    const auto second = OpenAt(folder.path());
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().message.find("in use"), std::string::npos) << second.error().message;
    EXPECT_TRUE((*first)->CreateTopic("t", 2, {}).ok());
  }
  const auto third = OpenAt(folder.path());
  ASSERT_TRUE(third.ok()) << third.error().ToString();
  ASSERT_NE((*third)->FindTopic("t"), nullptr);
  EXPECT_EQ((*third)->FindTopic("t")->partitions.size(), 2u);
}

}  // namespace
}  // namespace millrace::broker
