#include "connectors/kafka/kafka_metadata.h"

#include "base/check.h"

namespace millrace::connectors {
namespace {

using kafka::MessageView;
using kafka::TimestampType;

DataType HeadersType() { return DataType::Map(DataType::String().NotNull(), DataType::Bytes().NotNull()).NotNull(); }

std::string_view TimestampTypeName(TimestampType type) {
  switch (type) {
    case TimestampType::kNoTimestampType: return "NoTimestampType";
    case TimestampType::kCreateTime: return "CreateTime";
    case TimestampType::kLogAppendTime: return "LogAppendTime";
  }
  return "";
}

void AppendHeaders(const MessageView& message, ColumnBuilder& builder) {
  for (const kafka::HeaderView& header : message.Headers()) {
    builder.child(0).AppendString(header.name);
    header.value == nullptr ? builder.child(1).AppendNull()
                            : builder.child(1).AppendString({header.value, header.size});
  }
  builder.EndList();
}

}  // namespace

std::vector<connect::MetadataKey> KafkaMetadataKeys() {
  return {
      {"topic", DataType::String().NotNull(), true, false},
      {"partition", DataType::Of(TypeKind::kInt).NotNull(), true, false},
      {"headers", HeadersType(), true, true},
      {"leader-epoch", DataType::Of(TypeKind::kInt), true, false},
      {"offset", DataType::Of(TypeKind::kBigInt).NotNull(), true, false},
      {"timestamp", DataType::TimestampLtzOf(3).NotNull(), true, true},
      {"timestamp-type", DataType::String().NotNull(), true, false},
  };
}

ColumnPtr MetadataColumnOf(const connect::MetadataColumn& column, std::span<const MessageView> messages,
                           std::span<const uint32_t> rows, const kafka::TopicPartition& place) {
  const size_t count = rows.empty() ? messages.size() : rows.size();
  const auto message = [&](size_t row) -> const MessageView& { return messages[rows.empty() ? row : rows[row]]; };
  ColumnBuilder builder(column.field.type);
  builder.Reserve(count);
  if (column.key == "topic") {
    for (size_t i = 0; i < count; ++i) builder.AppendString(place.topic);
  } else if (column.key == "partition") {
    for (size_t i = 0; i < count; ++i) builder.Append(place.partition);
  } else if (column.key == "headers") {
    for (size_t i = 0; i < count; ++i) AppendHeaders(message(i), builder);
  } else if (column.key == "leader-epoch") {
    builder.AppendNulls(count);
  } else if (column.key == "offset") {
    for (size_t i = 0; i < count; ++i) builder.Append(message(i).offset);
  } else if (column.key == "timestamp") {
    for (size_t i = 0; i < count; ++i) builder.Append(message(i).timestamp);
  } else if (column.key == "timestamp-type") {
    for (size_t i = 0; i < count; ++i) builder.AppendString(TimestampTypeName(message(i).timestamp_type));
  } else {
    CHECK(false);  // the planner offers only the keys above
  }
  return builder.Finish();
}

}  // namespace millrace::connectors
