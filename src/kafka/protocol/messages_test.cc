#include <gtest/gtest.h>

#include "base/strings.h"
#include "kafka/protocol/api_table.h"
#include "kafka/protocol/header.h"
#include "kafka/protocol/message_codec.h"
#include "kafka/protocol/messages/random_messages.h"

namespace millrace::kafka {
namespace {

template <typename Message>
Message RandomMessage(RandomSource& random, int16_t version) {
  Message message;
  FillRandom(random, version, &message);
  return message;
}

TEST(Messages, EveryMessageRoundTripsAtEveryVersion) {
  RandomSource random(1);
  int cases = 0;
  ForEachMessage([&](auto type) {
    using Message = decltype(type);
    for (int16_t version = Message::kMinVersion; version <= Message::kMaxVersion; ++version) {
      for (int round = 0; round < 20; ++round) {
        const auto message = RandomMessage<Message>(random, version);
        const std::string bytes = EncodeToString(message, version);
        const auto back = DecodeMessage<Message>(bytes, version);
        ASSERT_TRUE(back.ok()) << Message::kApiKey << " v" << version << ": " << back.error().message;
        ASSERT_TRUE(*back == message) << Message::kApiKey << " v" << version;
        ++cases;
      }
    }
  });
  EXPECT_GT(cases, 4000);
}

TEST(Messages, TruncatedInputIsAnErrorAtEveryLength) {
  RandomSource random(2);
  ForEachMessage([&](auto type) {
    using Message = decltype(type);
    for (int16_t version = Message::kMinVersion; version <= Message::kMaxVersion; ++version) {
      const std::string bytes = EncodeToString(RandomMessage<Message>(random, version), version);
      for (size_t size = 0; size < bytes.size(); ++size) {
        const std::string part = bytes.substr(0, size);  // a heap block of its own, so that sanitizers see overruns
        EXPECT_FALSE(DecodeMessage<Message>(part, version).ok())
            << Message::kApiKey << " v" << version << " at " << size;
      }
    }
  });
}

TEST(Messages, DamagedInputNeverCrashes) {
  RandomSource random(3);
  ForEachMessage([&](auto type) {
    using Message = decltype(type);
    for (int16_t version = Message::kMinVersion; version <= Message::kMaxVersion; ++version) {
      const std::string bytes = EncodeToString(RandomMessage<Message>(random, version), version);
      for (int round = 0; round < 60 && !bytes.empty(); ++round) {
        std::string bad = bytes;
        for (int flips = 1 + round % 3; flips > 0; --flips)
          bad[random.Bits() % bad.size()] ^= static_cast<char>(1u << random.Bits() % 8);
        const auto back = DecodeMessage<Message>(bad, version);
        if (back.ok()) {
          EXPECT_LE(EncodeToString(*back, version).size(), 2 * bad.size() + 64);
        }
      }
    }
  });
}

TEST(Messages, AnArrayThatClaimsMoreThanTheInputHoldsIsRefusedAtOnce) {
  const auto request = DecodeMessage<MetadataRequest>(std::string("\x7f\xff\xff\xff", 4) + std::string(50, '\0'), 1);
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.error().message, "byte 4: an array claims more elements than the message can hold");
}

// The bytes below were written by hand from the protocol guide.
TEST(Messages, GoldenApiVersionsResponse) {
  ApiVersionsResponse response;
  response.error_code = 35;
  response.api_keys.push_back({.api_key = 18, .min_version = 0, .max_version = 3});
  EXPECT_EQ(HexEncode(EncodeToString(response, 0)),
            "0023"
            "00000001"
            "0012"
            "0000"
            "0003");
  EXPECT_EQ(HexEncode(EncodeToString(response, 3)),
            "0023"
            "02"
            "0012"
            "0000"
            "0003"
            "00"
            "00000000"
            "00");
}

TEST(Messages, GoldenMetadataRequests) {
  MetadataRequest all;
  EXPECT_EQ(HexEncode(EncodeToString(all, 1)), "ffffffff");
  EXPECT_EQ(HexEncode(EncodeToString(all, 0)), "00000000");
  MetadataRequest one;
  one.topics.emplace().push_back({.name = "ab"});
  one.allow_auto_topic_creation = true;
  EXPECT_EQ(HexEncode(EncodeToString(one, 4)),
            "00000001"
            "0002"
            "6162"
            "01");
  EXPECT_EQ(HexEncode(EncodeToString(one, 12)),
            "02"
            "00000000000000000000000000000000"
            "03"
            "6162"
            "00"
            "01"
            "00"
            "00");
}

TEST(Messages, GoldenProduceRequest) {
  ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = 1000;
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  topic.partitions.push_back({.index = 2, .records = Records{"xyz", nullptr}});
  EXPECT_EQ(HexEncode(EncodeToString(request, 7)),
            "ffff"
            "ffff"
            "000003e8"
            "00000001"
            "0001"
            "74"
            "00000001"
            "00000002"
            "00000003"
            "78797a");
  EXPECT_EQ(HexEncode(EncodeToString(request, 9)),
            "00"
            "ffff"
            "000003e8"
            "02"
            "02"
            "74"
            "02"
            "00000002"
            "04"
            "78797a"
            "00"
            "00"
            "00");
}

TEST(Messages, GoldenHeartbeatWithTaggedSections) {
  HeartbeatRequest request{.group_id = "g", .generation_id = 5, .member_id = "m", .group_instance_id = {}};
  EXPECT_EQ(HexEncode(EncodeToString(request, 3)),
            "0001"
            "67"
            "00000005"
            "0001"
            "6d"
            "ffff");
  EXPECT_EQ(HexEncode(EncodeToString(request, 4)),
            "02"
            "67"
            "00000005"
            "02"
            "6d"
            "00"
            "00");
}

TEST(Messages, UnknownTagsAreSkipped) {
  // Heartbeat v4 response with two unknown tags: 5 (2 bytes) and 7 (none).
  const std::string body("\x00\x00\x00\x00\x00\x1b\x02\x05\x02zz\x07\x00", 13);
  const auto response = DecodeMessage<HeartbeatResponse>(body, 4);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->error_code, 27);
}

TEST(Messages, LongPiecesAreNotCopied) {
  auto owner = std::make_shared<std::string>(5000, 'r');
  FetchResponse response;
  auto& partition = response.topics.emplace_back().partitions.emplace_back();
  partition.records = Records{*owner, owner};
  Writer out;
  response.Encode(out, 11);
  const EncodedMessage encoded = std::move(out).Take();
  ASSERT_EQ(encoded.splices.size(), 1u);
  EXPECT_EQ(encoded.splices[0].piece.bytes.data(), owner->data());
  EXPECT_EQ(encoded.TotalSize(), encoded.Flatten().size());
  EXPECT_LT(encoded.bytes.size(), 200u);
}

TEST(Messages, AStringTooLongForItsLengthFieldIsCutAndReported) {
  Writer out;
  out.String(std::string(40'000, 'a'), false);
  EXPECT_TRUE(out.overflowed());
  EXPECT_EQ(std::move(out).Take().TotalSize(), 2u + 32'767u);
}

TEST(Headers, FollowTheApiVersion) {
  for (const int16_t version : {3, 4}) {
    const RequestHeader header{.api_key = 12, .api_version = version, .correlation_id = 9, .client_id = "me"};
    Writer out;
    EncodeRequestHeader(header, out);
    const std::string bytes = std::move(out).Take().Flatten();
    EXPECT_EQ(HexEncode(bytes), version == 3 ? "000c0003"
                                               "00000009"
                                               "0002"
                                               "6d65"
                                             : "000c0004"
                                               "00000009"
                                               "0002"
                                               "6d65"
                                               "00");
    Reader in(bytes);
    const auto back = DecodeRequestHeader(in);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->client_id, "me");
    EXPECT_EQ(in.remaining(), 0u);
  }
}

TEST(Headers, ApiVersionsAnswersWithHeaderVersionZero) {
  Writer api_versions;
  EncodeResponseHeader(18, 3, 1, api_versions);
  EXPECT_EQ(std::move(api_versions).Take().TotalSize(), 4u);
  Writer metadata;
  EncodeResponseHeader(3, 9, 1, metadata);
  EXPECT_EQ(std::move(metadata).Take().TotalSize(), 5u);
}

TEST(ApiTable, ListsKeysInOrder) {
  int16_t last = -1;
  for (const ApiInfo& api : AllApis()) {
    EXPECT_GT(api.key, last);
    EXPECT_LE(api.min_version, api.max_version);
    last = api.key;
  }
  EXPECT_EQ(FindApi(1)->name, "Fetch");
  EXPECT_EQ(FindApi(999), nullptr);
}

TEST(Uuids, PrintAsKafkaDoes) {
  Uuid uuid;
  EXPECT_EQ(UuidToString(uuid), "AAAAAAAAAAAAAAAAAAAAAA");
  for (size_t i = 0; i < 16; ++i) uuid.bytes[i] = static_cast<uint8_t>(0xff - i);
  EXPECT_EQ(UuidFromString(UuidToString(uuid)), uuid);
  EXPECT_FALSE(UuidFromString("short").has_value());
}

}  // namespace
}  // namespace millrace::kafka
