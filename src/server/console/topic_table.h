#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/avro/schema.h"
#include "codec/json.h"
#include "data/type.h"

namespace millrace::server::console {

// What is known of one side (key or value) of a topic's records.
struct SideShape {
  enum class Format : uint8_t { kNone, kAvro, kJson, kRaw };
  Format format = Format::kRaw;
  std::vector<Field> fields;  // kAvro, kJson
};

// The columns of Avro records as our avro-confluent format reads them. A schema that is no record gives kRaw, fields
// that no column can hold are left out.
SideShape ShapeOfAvro(const codec::avro::Schema& schema);
// The columns of JSON objects, from some of them: BIGINT, DOUBLE, BOOLEAN, STRING, ARRAY, ROW; STRING where they
// disagree. kRaw when none is an object.
SideShape ShapeOfJson(const std::vector<codec::Json>& samples);

struct TopicTable {
  std::string name;                            // of the table; the topic's
  std::vector<Field> columns;                  // value columns, key columns ("key_…"), metadata columns
  std::vector<std::string> definitions;        // one line of DDL per column
  std::map<std::string, std::string> options;  // of the WITH clause
  std::string CreateStatement() const;         // without ';'
};

struct TableLocation {
  std::string topic;
  std::string registry_url;                     // "" = none
  std::map<std::string, std::string> client;    // Kafka client properties, bootstrap.servers among them
  std::map<std::string, std::string> registry;  // further options of avro-confluent: "basic-auth.user-info" ..
};
// A table over the topic's records, read from the beginning. The metadata columns `partition`, `offset`, `timestamp`
// and `headers` get a "_" in front where the value has a column of that name.
TopicTable MakeTopicTable(const TableLocation& location, const SideShape& key, const SideShape& value);

// `name` between backquotes; 'text' between quotes.
std::string QuoteName(std::string_view name);
std::string QuoteText(std::string_view text);

}  // namespace millrace::server::console
