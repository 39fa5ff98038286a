#include "formats/avro_confluent/confluent_codec.h"

#include <cstring>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "formats/avro/avro_reader.h"
#include "formats/avro/avro_rows.h"
#include "formats/avro/avro_writer.h"

namespace millrace::formats {
namespace {

using connect::ByteView;
using connect::DecodeResult;

constexpr size_t kHeaderBytes = 5;

int32_t SchemaIdOf(const ByteView& message) {
  uint32_t id = 0;
  for (size_t i = 1; i < kHeaderBytes; ++i) id = id << 8 | static_cast<unsigned char>(message.data[i]);
  return static_cast<int32_t>(id);
}

class ConfluentDecoder final : public connect::Decoder {
 public:
  ConfluentDecoder(std::vector<Field> fields, SchemaLookup lookup)
      : fields_(std::move(fields)), lookup_(std::move(lookup)) {}

  Result<DecodeResult> Decode(std::span<const ByteView> messages, std::span<ColumnBuilder> columns) override {
    if (const auto id = OnlySchemaId(messages)) {
      MR_ASSIGN(const Entry* entry, Find(*id));
      if (entry->reader != nullptr) return DecodeAll(*entry->reader, messages, columns);
    }
    return DecodeMixed(messages, columns);
  }

 private:
  struct Entry {
    std::shared_ptr<const AvroReader> reader;  // null: `error` says why records of this schema cannot be read
    Error error;
  };
  struct Run {
    const Entry* entry = nullptr;
    std::vector<uint32_t> messages;
  };

  // The id that all messages carry; nullopt when they differ or one has no header.
  static std::optional<int32_t> OnlySchemaId(std::span<const ByteView> messages) {
    if (messages.empty()) return std::nullopt;
    const auto framed = [](const ByteView& message) {
      return !message.is_null() && message.size >= kHeaderBytes && message.data[0] == '\0';
    };
    if (!framed(messages[0])) return std::nullopt;
    for (const ByteView& message : messages) {
      if (!framed(message) || std::memcmp(message.data, messages[0].data, kHeaderBytes) != 0) return std::nullopt;
    }
    return SchemaIdOf(messages[0]);
  }

  DecodeResult DecodeAll(const AvroReader& reader, std::span<const ByteView> messages,
                         std::span<ColumnBuilder> columns) {
    std::vector<AvroReader::BadRow> bad;
    reader.Read(messages, kHeaderBytes, columns, &bad);
    if (bad.empty()) return {};
    AvroRows rows(messages.size());
    for (size_t i = 0; i < messages.size(); ++i) rows.Take(i, messages[i]);
    rows.Add(bad);
    return std::move(rows).Finish();
  }

  Result<DecodeResult> DecodeMixed(std::span<const ByteView> messages, std::span<ColumnBuilder> columns) {
    AvroRows rows(messages.size());
    // Every id is looked up before a row is appended: a registry that is away leaves nothing half done.
    runs_.clear();
    bodies_.clear();
    int32_t last_id = 0;
    for (size_t i = 0; i < messages.size(); ++i) {
      const ByteView& message = messages[i];
      if (message.is_null()) continue;
      if (message.size < kHeaderBytes || message.data[0] != '\0') {
        rows.Fail(i, UserError(message.size < kHeaderBytes && (message.size == 0 || message.data[0] == '\0')
                                   ? fmt::format("The record has {} bytes, fewer than the 5 of the registry's header.",
                                                 message.size)
                                   : "Unknown data format. Magic number does not match"));
        continue;
      }
      const int32_t id = SchemaIdOf(message);
      if (runs_.empty() || id != last_id) {
        MR_ASSIGN(const Entry* entry, Find(id));
        runs_.push_back({.entry = entry});
        last_id = id;
      }
      runs_.back().messages.push_back(static_cast<uint32_t>(i));
    }
    std::vector<AvroReader::BadRow> bad;
    for (const Run& run : runs_) {
      if (run.entry->reader == nullptr) {
        for (const uint32_t index : run.messages) rows.Fail(index, run.entry->error);
        continue;
      }
      bodies_.clear();
      for (const uint32_t index : run.messages) {
        const ByteView& message = messages[index];
        bodies_.push_back(rows.Take(index, message));
      }
      run.entry->reader->Read(bodies_, kHeaderBytes, columns, &bad);
      rows.Add(bad);
    }
    return std::move(rows).Finish();
  }

  // Error only when the registry does not answer.
  Result<const Entry*> Find(int32_t id) {
    const auto it = entries_.find(id);
    if (it != entries_.end()) return &it->second;
    Entry entry;
    auto text = lookup_.by_id(id);
    if (!text.ok() && text.error().domain != ErrorDomain::kUser) {
      return std::move(text).error().InContext(fmt::format("Could not fetch the schema with id {}", id));
    }
    if (!text.ok()) {
      entry.error = UserError(fmt::format("Could not find schema with id {} in registry", id));
      return &entries_.emplace(id, std::move(entry)).first->second;
    }
    const auto schema = codec::avro::Schema::Parse(*text);
    auto reader =
        schema.ok() ? AvroReader::Make(*schema, fields_) : Result<std::shared_ptr<const AvroReader>>(schema.error());
    if (reader.ok()) {
      entry.reader = std::move(*reader);
    } else {
      entry.error = std::move(reader).error().InContext(
          fmt::format("The schema with id {} cannot be read as the table's columns", id));
    }
    return &entries_.emplace(id, std::move(entry)).first->second;
  }

  std::vector<Field> fields_;
  SchemaLookup lookup_;
  std::map<int32_t, Entry> entries_;
  std::vector<Run> runs_;
  std::vector<ByteView> bodies_;
};

class ConfluentEncoder final : public connect::Encoder {
 public:
  ConfluentEncoder(std::vector<Field> fields, std::string subject, std::string schema, SchemaLookup lookup)
      : fields_(std::move(fields)),
        subject_(std::move(subject)),
        schema_(std::move(schema)),
        lookup_(std::move(lookup)) {}

  Status Encode(const Batch& batch, std::string& out, std::vector<size_t>& ends) override {
    if (header_.empty()) MR_TRY(Register());
    for (size_t row = 0; row < batch.num_rows; ++row) {
      out += header_;
      MR_TRY(AppendAvroRow(fields_, batch, row, out));
      ends.push_back(out.size());
    }
    return Ok();
  }

 private:
  Status Register() {
    auto id = lookup_.add(subject_, schema_);
    if (!id.ok()) return std::move(id).error().InContext("Could not register schema in registry");
    header_.push_back('\0');
    for (int shift = 24; shift >= 0; shift -= 8) header_.push_back(static_cast<char>(*id >> shift & 0xFF));
    return Ok();
  }

  std::vector<Field> fields_;
  std::string subject_;
  std::string schema_;
  SchemaLookup lookup_;
  std::string header_;
};

}  // namespace

std::unique_ptr<connect::Decoder> MakeConfluentDecoder(std::vector<Field> fields, SchemaLookup lookup) {
  return std::make_unique<ConfluentDecoder>(std::move(fields), std::move(lookup));
}

std::unique_ptr<connect::Encoder> MakeConfluentEncoder(std::vector<Field> fields, std::string subject,
                                                       std::string schema, SchemaLookup lookup) {
  return std::make_unique<ConfluentEncoder>(std::move(fields), std::move(subject), std::move(schema),
                                            std::move(lookup));
}

}  // namespace millrace::formats
