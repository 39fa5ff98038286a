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

TEST(Secrets, UserInfoOfUrls) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"http://bob:hunter5x@host", "http://******@host"},
      {"https://token@host:8081/a?b=c@d", "https://******@host:8081/a?b=c@d"},
      {"http://a:b@one,http://c:d@two;jdbc:mysql://e:f@three/x",
       "http://******@one,http://******@two;jdbc:mysql://******@three/x"},
      {"http://a:b@one, http://two", "http://******@one, http://two"},
      {"http://bob:p@ss@host/x", "http://******@host/x"},
      {"http://bob:p,q;r@host", "http://******@host"},
      {"http://one,http://a:b@two", "http://one,http://******@two"},
      {"mongodb://a:b@one:1,two:2/db", "mongodb://******@one:1,two:2/db"},
      {"http://${env:USER}:x@host", "http://******@host"},
      {"http://@host", "http://******@host"},
  };
  for (const auto& [given, shown] : cases) EXPECT_EQ(HiddenIfSecret("avro-confluent.url", given), shown);
  for (const std::string_view plain : {"http://host/a@b", "http://host?a=b@c", "http://host#a@b", "me@example.org",
                                       "a://", "", "http://a b@c", "${env:URL}", "${file:/run/url}"}) {
    EXPECT_EQ(HiddenIfSecret("url", plain), plain);
  }
}

}  // namespace
}  // namespace millrace
