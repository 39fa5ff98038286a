#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace millrace::kafka {

// What becomes of one Java client property.
enum class PropertyUse : uint8_t {
  kSame,     // librdkafka knows it under the same name and spelling
  kRename,   // the same value under `native_name`
  kLower,    // as kRename, the value in lower case
  kKibi,     // bytes there, KiB here
  kIgnore,   // means nothing outside Java, or is decided by us
  kSpecial,  // handled by name in client_config.cc
};

enum PropertyRole : uint8_t { kForConsumer = 1, kForProducer = 2, kForAdmin = 4, kForAll = 7 };

struct JavaProperty {
  std::string_view name;
  PropertyUse use = PropertyUse::kSame;
  uint8_t roles = kForAll;  // clients of other roles leave it out
  std::string_view native_name = {};
};

// All properties of Java's ConsumerConfig, ProducerConfig and AdminClientConfig (Kafka 3.9).
std::span<const JavaProperty> JavaProperties();
// nullopt when Java has no such property.
std::optional<JavaProperty> FindJavaProperty(std::string_view name);

}  // namespace millrace::kafka
