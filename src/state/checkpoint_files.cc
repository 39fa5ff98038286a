#include "state/checkpoint_files.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "codec/crc32c.h"
#include "state/byte_stream.h"
#include "state/bytes.h"
#include "state/disk_backend.h"
#include "state/key_groups.h"

namespace millrace::state {
namespace {

constexpr std::string_view kMagic = "MRCP";
constexpr size_t kMetadataHeader = 12;
constexpr size_t kBlockHeader = 16;
constexpr size_t kBlockBytes = 64 << 10;
constexpr size_t kLargestBlock = 1 << 30;  // one entry may be large

template <typename T>
void Put(T value, char* to) {
  std::memcpy(to, &value, sizeof value);
}

uint32_t Load32(const char* from) {
  uint32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return value;
}

Error Damaged(const std::string& what) {
  return ExternalError("The checkpoint is damaged: " + what, Retry::kNo)
      .WithCode("CHECKPOINT_DAMAGED")
      .WithHint(
          "Start from another checkpoint or savepoint with 'execution.state-recovery.path', or without state: with "
          "another pipeline.name.");
}

void EncodePart(const StoredOperator& part, ByteWriter& out) {
  out.Text(part.uid);
  out.Unsigned(part.slot);
  out.Text(part.values);
  out.Unsigned(part.has_keyed ? 1 : 0);
  out.Unsigned(part.offset);
  out.Unsigned(part.size);
  out.Unsigned(part.num_entries);
  out.Unsigned(part.native_files.size());
  for (const StoredFile& file : part.native_files) {
    out.Text(file.name);
    out.Text(file.path);
    out.Unsigned(file.size);
  }
  out.Signed(part.dead_up_to);
  out.Unsigned(part.splits.size());
  for (const auto& split : part.splits) {
    out.Text(split.name);
    out.Text(split.position);
    out.Signed(split.watermark);
  }
}

StoredOperator DecodePart(ByteReader& in) {
  StoredOperator part;
  part.uid = in.Text();
  part.slot = static_cast<uint32_t>(in.Unsigned());
  part.values = in.Text();
  part.has_keyed = in.Unsigned() != 0;
  part.offset = in.Unsigned();
  part.size = in.Unsigned();
  part.num_entries = in.Unsigned();
  part.native_files.resize(in.Count());
  for (StoredFile& file : part.native_files) {
    file.name = in.Text();
    file.path = in.Text();
    file.size = in.Unsigned();
  }
  part.dead_up_to = in.Signed();
  part.splits.resize(in.Count());
  for (auto& split : part.splits) {
    split.name = in.Text();
    split.position = in.Text();
    split.watermark = in.Signed();
  }
  return part;
}

void EncodeLayout(const StateLayout& layout, ByteWriter& out) {
  out.Text(layout.kind);
  out.Text(layout.definition);
  out.Unsigned(layout.columns.size());
  for (const auto& column : layout.columns) {
    out.Text(column.name);
    out.Text(column.type);
  }
  out.Unsigned(layout.aggregates.size());
  for (const auto& aggregate : layout.aggregates) {
    out.Text(aggregate.name);
    out.Text(aggregate.function);
    out.Unsigned(aggregate.distinct ? 1 : 0);
    out.Unsigned(aggregate.arg_types.size());
    for (const std::string& type : aggregate.arg_types) out.Text(type);
    out.Text(aggregate.type);
  }
}

StateLayout DecodeLayout(ByteReader& in) {
  StateLayout layout;
  layout.kind = in.Text();
  layout.definition = in.Text();
  layout.columns.resize(in.Count());
  for (auto& column : layout.columns) {
    column.name = in.Text();
    column.type = in.Text();
  }
  layout.aggregates.resize(in.Count());
  for (auto& aggregate : layout.aggregates) {
    aggregate.name = in.Text();
    aggregate.function = in.Text();
    aggregate.distinct = in.Unsigned() != 0;
    aggregate.arg_types.resize(in.Count());
    for (std::string& type : aggregate.arg_types) type = in.Text();
    aggregate.type = in.Text();
  }
  return layout;
}

Status ReadNativeFile(const std::string& path, int64_t dead_up_to, KeyGroupRange range,
                      const std::function<Status(const KeyedEntry&)>& take) {
  MR_ASSIGN(const auto reader, OpenRunFile(path));
  const HashRange hashes = HashRange::Of(range);
  MR_ASSIGN(const auto name_spaces, reader->NameSpaces(hashes));
  std::string key;
  for (const int64_t name_space : name_spaces) {
    if (name_space <= dead_up_to) continue;
    MR_TRY(reader->Read(name_space, hashes, [&](const RunEntry& entry) {
      key.clear();
      PutOrdered(name_space, key);
      key += entry.key;
      return take({.key_group = KeyGroupOf(entry.hash, kDefaultKeyGroups), .key = key, .value = entry.value});
    }));
  }
  return Ok();
}

}  // namespace

bool CheckpointMetadata::has_native_files() const {
  return std::ranges::any_of(parts, [](const StoredOperator& part) { return !part.native_files.empty(); });
}

std::string EncodeMetadata(const CheckpointMetadata& metadata) {
  ByteWriter out;
  out.Unsigned(metadata.id);
  out.Unsigned((metadata.savepoint ? 1 : 0) | (metadata.transactional ? 2 : 0));
  out.Text(metadata.job_id);
  out.Text(metadata.job_name);
  out.Text(metadata.taken_by);
  out.Signed(metadata.time_millis);
  out.Unsigned(metadata.parallelism);
  out.Unsigned(metadata.key_groups);
  out.Text(metadata.backend);
  out.Unsigned(metadata.operators.size());
  for (const auto& op : metadata.operators) {
    out.Text(op.uid);
    out.Text(op.name);
    EncodeLayout(op.layout, out);
  }
  out.Unsigned(metadata.parts.size());
  for (const StoredOperator& part : metadata.parts) EncodePart(part, out);
  std::string bytes(kMagic);
  bytes.resize(kMetadataHeader);
  Put(kCheckpointVersion, bytes.data() + 4);
  Put(codec::Crc32c(out.bytes()), bytes.data() + 8);
  return bytes + out.bytes();
}

Result<CheckpointMetadata> DecodeMetadata(std::string_view bytes) {
  if (bytes.size() < kMetadataHeader || !bytes.starts_with(kMagic)) return Damaged("this is no checkpoint metadata");
  const uint32_t version = Load32(bytes.data() + 4);
  if (version > kCheckpointVersion) {
    return ExternalError(fmt::format("The checkpoint has format {}, this version of Millrace reads up to {}.", version,
                                     kCheckpointVersion),
                         Retry::kNo)
        .WithHint("A newer version has written it: start that one.");
  }
  const std::string_view body = bytes.substr(kMetadataHeader);
  if (codec::Crc32c(body) != Load32(bytes.data() + 8)) return Damaged("the checksum of its metadata is wrong");
  ByteReader in(body);
  CheckpointMetadata metadata;
  metadata.id = in.Unsigned();
  const uint64_t kind = in.Unsigned();
  metadata.savepoint = (kind & 1) != 0;
  metadata.transactional = (kind & 2) != 0;
  metadata.job_id = in.Text();
  metadata.job_name = in.Text();
  metadata.taken_by = in.Text();
  metadata.time_millis = in.Signed();
  metadata.parallelism = static_cast<uint32_t>(in.Unsigned());
  metadata.key_groups = static_cast<uint32_t>(in.Unsigned());
  metadata.backend = in.Text();
  metadata.operators.resize(in.Count());
  for (auto& op : metadata.operators) {
    op.uid = in.Text();
    op.name = in.Text();
    op.layout = DecodeLayout(in);
  }
  metadata.parts.resize(in.Count());
  for (StoredOperator& part : metadata.parts) part = DecodePart(in);
  if (!in.AtEnd()) return Damaged("its metadata cannot be read");
  return metadata;
}

Result<CheckpointMetadata> ReadMetadata(FileSystem& files, const std::string& folder) {
  auto bytes = ReadWholeFile(files, folder + "/" + kMetadataName);
  if (!bytes.ok()) return std::move(bytes).error().InContext("Cannot read the checkpoint in " + folder);
  auto metadata = DecodeMetadata(*bytes);
  if (!metadata.ok()) return std::move(metadata).error().InContext(folder);
  return metadata;
}

std::string DataFileName(uint32_t slot) { return fmt::format("slot-{}.data", slot); }

Result<std::unique_ptr<DataFileWriter>> DataFileWriter::Create(FileSystem& files, const std::string& path) {
  auto writer = std::unique_ptr<DataFileWriter>(new DataFileWriter());
  MR_ASSIGN(writer->file_, files.Open(path, OpenMode::kCreate));
  MR_TRY(writer->file_->Truncate(0));
  return writer;
}

void DataFileWriter::Begin() {
  begin_ = position_;
  num_entries_ = 0;
  block_.assign(kBlockHeader, '\0');
}

Status DataFileWriter::Add(const KeyedEntry& entry) {
  if (block_.size() == kBlockHeader) first_group_ = entry.key_group;
  last_group_ = entry.key_group;
  codec::AppendVarint64(&block_, entry.key_group);
  codec::AppendVarint64(&block_, entry.key.size());
  block_ += entry.key;
  codec::AppendVarint64(&block_, entry.value.size());
  block_ += entry.value;
  ++num_entries_;
  return block_.size() >= kBlockBytes ? WriteBlock() : Ok();
}

Status DataFileWriter::WriteBlock() {
  if (block_.size() == kBlockHeader) return Ok();
  Put(static_cast<uint32_t>(block_.size() - kBlockHeader), block_.data());
  Put(first_group_, block_.data() + 8);
  Put(last_group_, block_.data() + 12);
  Put(codec::Crc32c(std::string_view(block_).substr(8)), block_.data() + 4);
  MR_TRY(file_->WriteAt(position_, block_));
  position_ += block_.size();
  block_.resize(kBlockHeader);
  return Ok();
}

Status DataFileWriter::End(StoredOperator* part) {
  MR_TRY(WriteBlock());
  part->has_keyed = true;
  part->offset = begin_;
  part->size = position_ - begin_;
  part->num_entries = num_entries_;
  return Ok();
}

Status DataFileWriter::Sync() { return file_->Sync(); }

Status ReadKeyed(FileSystem& files, const std::string& folder, const StoredOperator& part, KeyGroupRange range,
                 const std::function<Status(const KeyedEntry&)>& take) {
  if (!part.has_keyed || part.size == 0) return Ok();
  const std::string path = folder + "/" + DataFileName(part.slot);
  // Its folder entry can be lost with the machine, while the metadata's is there.
  if (!files.Exists(path)) return Damaged(path + " is missing");
  MR_ASSIGN(const auto file, files.Open(path, OpenMode::kRead));
  uint64_t at = part.offset;
  const uint64_t end = part.offset + part.size;
  const auto damaged = [&](const char* what) { return Damaged(fmt::format("{} at byte {}: {}", path, at, what)); };
  std::string block;
  while (at < end) {
    char header[kBlockHeader];
    MR_ASSIGN(const size_t got, file->ReadAt(at, header, kBlockHeader));
    const uint32_t size = Load32(header);
    if (got < kBlockHeader || size > kLargestBlock || at + kBlockHeader + size > end)
      return damaged("the file is cut short");
    const uint32_t first = Load32(header + 8);
    const uint32_t last = Load32(header + 12);
    if (first >= range.end || last < range.begin) {
      at += kBlockHeader + size;
      continue;
    }
    block.assign(header + 8, 8);
    block.resize(8 + size);
    MR_ASSIGN(const size_t read, file->ReadAt(at + kBlockHeader, block.data() + 8, size));
    if (read < size) return damaged("the file is cut short");
    if (codec::Crc32c(block) != Load32(header + 4)) return damaged("wrong checksum");
    ByteReader in(std::string_view(block).substr(8));
    while (!in.AtEnd()) {
      KeyedEntry entry;
      entry.key_group = static_cast<uint32_t>(in.Unsigned());
      entry.key = in.Text();
      entry.value = in.Text();
      if (!in.ok()) return damaged("malformed entry");
      if (range.Contains(entry.key_group)) MR_TRY(take(entry));
    }
    at += kBlockHeader + size;
  }
  return Ok();
}

Status VerifyCheckpoint(FileSystem& files, const std::string& folder, const CheckpointMetadata& metadata) {
  for (const StoredOperator& part : metadata.parts) {
    uint64_t entries = 0;
    MR_TRY(ReadKeyed(files, folder, part, {0, UINT32_MAX}, [&](const KeyedEntry&) {
      ++entries;
      return Ok();
    }));
    if (entries != part.num_entries)
      return Damaged(fmt::format("{} has {} entries instead of {}", part.uid, entries, part.num_entries));
    for (const StoredFile& stored : part.native_files) {
      const std::string path = folder + "/" + stored.path;
      const auto file = files.Open(path, OpenMode::kRead);
      if (!file.ok()) return files.Exists(path) ? file.error() : Damaged(path + " is missing");
      MR_ASSIGN(const uint64_t size, (*file)->Size());
      if (size != stored.size) return Damaged(fmt::format("{} has {} bytes instead of {}", path, size, stored.size));
      const Status verified = VerifyRunFile(path);
      if (!verified.ok())  // a disk that does not answer proves no damage
        return verified.error().retry == Retry::kYes ? verified.error() : Damaged(verified.error().message);
    }
  }
  return Ok();
}

OperatorState StateOf(FileSystem& files, const std::string& folder, const CheckpointMetadata& metadata,
                      const std::string& uid, KeyGroupRange range) {
  OperatorState state{.range = range};
  for (const StoredOperator& stored : metadata.parts) {
    if (stored.uid != uid) continue;
    OperatorPart part{.range = RangeOfSlot(stored.slot, metadata.parallelism), .values = stored.values};
    for (const StoredFile& file : stored.native_files)
      part.native_files.push_back({file.name, folder + "/" + file.path});
    part.dead_up_to = stored.dead_up_to;
    if (stored.has_keyed) {
      part.read_beside_files = [&files, folder, &stored](KeyGroupRange wanted,
                                                         const std::function<Status(const KeyedEntry&)>& take) {
        return ReadKeyed(files, folder, stored, wanted, take);
      };
      part.read_keyed = [natives = part.native_files, dead = stored.dead_up_to, beside = part.read_beside_files](
                            KeyGroupRange wanted, const std::function<Status(const KeyedEntry&)>& take) -> Status {
        for (const KeyedSnapshot::NativeFile& file : natives) MR_TRY(ReadNativeFile(file.path, dead, wanted, take));
        return beside(wanted, take);
      };
    }
    state.parts.push_back(std::move(part));
  }
  return state;
}

}  // namespace millrace::state
