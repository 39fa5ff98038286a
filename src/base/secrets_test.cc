#include "base/secrets.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Secrets, NamesThatHoldOneOfTheWords) {
  for (const std::string_view key :
       {"password", "properties.sasl.jaas.config", "properties.ssl.keystore.password", "fs.s3a.secret.key",
        "fs.s3a.access.key", "avro-confluent.basic-auth.user-info", "properties.basic.auth.user.info",
        "security.delegation.TOKEN", "fs.azure.account.key.x", "properties.ssl.key.pem", "api-key"}) {
    EXPECT_TRUE(IsSecretKey(key)) << key;
  }
  for (const std::string_view key : {"connector", "topic", "key.format", "key.fields", "properties.group.id",
                                     "properties.security.protocol", "avro-confluent.url", "username"}) {
    EXPECT_FALSE(IsSecretKey(key)) << key;
  }
}

TEST(Secrets, AReferenceIsNone) {
  EXPECT_EQ(HiddenIfSecret("password", "hunter2"), "******");
  EXPECT_EQ(HiddenIfSecret("password", ""), "******");
  EXPECT_EQ(HiddenIfSecret("password", "${env:DB_PASSWORD}"), "${env:DB_PASSWORD}");
  EXPECT_EQ(HiddenIfSecret("password", "${file:/run/secrets/db}"), "${file:/run/secrets/db}");
  EXPECT_EQ(HiddenIfSecret("password", "${env:A}hunter2"), "******");
  EXPECT_EQ(HiddenIfSecret("password", "${other}"), "******");
  EXPECT_EQ(HiddenIfSecret("user", "me"), "me");
}

}  // namespace
}  // namespace millrace
