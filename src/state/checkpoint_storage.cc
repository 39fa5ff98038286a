#include "state/checkpoint_storage.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/strings.h"
#include "codec/crc32c.h"
#include "state/disk_backend.h"

namespace millrace::state {
namespace {

constexpr std::string_view kPrefix = "chk-";

// Data file of one slot; nothing is written when no operator keeps anything by key.
Status WriteSlot(FileSystem& files, const std::string& folder, SlotSnapshot& slot, bool native_wanted,
                 const std::function<Status(const KeyedSnapshot&, StoredOperator*)>& store_native,
                 std::vector<StoredOperator>* parts) {
  std::unique_ptr<DataFileWriter> data;
  for (SlotSnapshot::Part& part : slot.parts) {
    StoredOperator stored{.uid = part.uid, .slot = slot.slot, .values = part.snapshot.values, .splits = part.splits};
    KeyedSnapshot* keyed = part.snapshot.keyed.get();
    if (keyed != nullptr) {
      if (data == nullptr) {
        MR_ASSIGN(data, DataFileWriter::Create(files, folder + "/" + DataFileName(slot.slot)));
      }
      const bool native = native_wanted && !keyed->NativeFiles().empty();
      if (native) MR_TRY(store_native(*keyed, &stored));
      data->Begin();
      MR_TRY(native ? keyed->WriteBesideFiles(*data) : keyed->Write(*data));
      MR_TRY(data->End(&stored));
    }
    parts->push_back(std::move(stored));
  }
  if (data == nullptr) return Ok();
  FailPoint("checkpoint.data.written");
  MR_TRY(data->Sync());
  FailPoint("checkpoint.data.synced");
  return Ok();
}

// Temp file, fsync, rename, fsync of the folder and of the one it stands in.
Status WriteMetadata(FileSystem& files, const std::string& folder, const CheckpointMetadata& metadata) {
  const std::string path = folder + "/" + kMetadataName;
  const std::string temp = path + ".tmp";
  {
    MR_ASSIGN(const auto file, files.Open(temp, OpenMode::kCreate));
    MR_TRY(file->Truncate(0));
    MR_TRY(file->WriteAt(0, EncodeMetadata(metadata)));
    FailPoint("checkpoint.metadata.written");
    MR_TRY(file->Sync());
  }
  FailPoint("checkpoint.metadata.synced");
  MR_TRY(files.Rename(temp, path));
  FailPoint("checkpoint.metadata.renamed");
  MR_TRY(files.SyncDirectory(folder));
  FailPoint("checkpoint.folder.synced");
  const size_t slash = folder.rfind('/');
  if (slash != std::string::npos) MR_TRY(files.SyncDirectory(folder.substr(0, slash)));
  FailPoint("checkpoint.durable");
  return Ok();
}

}  // namespace

Result<CheckpointStorage> CheckpointStorage::Open(FileSystem& files, const std::string& directory, size_t retained,
                                                  bool incremental) {
  CheckpointStorage storage(files, directory, retained, incremental);
  MR_TRY(MakeDurableDirectories(files, directory));
  MR_TRY(files.MakeDirectories(directory + "/shared"));
  FailPoint("checkpoint.storage.made");
  MR_ASSIGN(const auto names, files.List(directory));
  for (const std::string& name : names) {
    if (!name.starts_with(kPrefix)) continue;
    const auto id = ParseInt64(std::string_view(name).substr(kPrefix.size()));
    if (!id || *id < 0) continue;
    if (files.Exists(directory + "/" + name + "/" + kMetadataName)) {
      storage.finished_.push_back(static_cast<uint64_t>(*id));
    } else {
      MR_TRY(files.RemoveTree(directory + "/" + name));
      FailPoint("checkpoint.unfinished.removed");
    }
  }
  std::sort(storage.finished_.begin(), storage.finished_.end());
  return storage;
}

std::string CheckpointStorage::FolderOf(uint64_t id) const { return fmt::format("{}/{}{}", directory_, kPrefix, id); }

Result<CheckpointMetadata> CheckpointStorage::Write(CheckpointMetadata metadata, std::vector<SlotSnapshot>& slots) {
  const std::string folder = FolderOf(metadata.id);
  MR_TRY(files_->RemoveTree(folder));
  MR_TRY(files_->MakeDirectories(folder));
  FailPoint("checkpoint.folder.made");
  bool any_native = false;
  for (SlotSnapshot& slot : slots) {
    MR_TRY(WriteSlot(
        *files_, folder, slot, incremental_,
        [&](const KeyedSnapshot& keyed, StoredOperator* part) {
          any_native = true;
          return StoreNativeFiles(metadata.id, keyed, part);
        },
        &metadata.parts));
  }
  if (any_native) {
    MR_TRY(files_->SyncDirectory(directory_ + "/shared"));
    FailPoint("checkpoint.shared.synced");
  }
  MR_TRY(WriteMetadata(*files_, folder, metadata));
  if (finished_.empty() || finished_.back() != metadata.id) finished_.push_back(metadata.id);
  return metadata;
}

Status CheckpointStorage::StoreNativeFiles(uint64_t checkpoint, const KeyedSnapshot& keyed, StoredOperator* part) {
  for (const KeyedSnapshot::NativeFile& file : keyed.NativeFiles()) {
    const std::string name = fmt::format("{:08x}-{}-{}", codec::Crc32c(part->uid), part->slot, file.name);
    const std::string path = directory_ + "/shared/" + name;
    auto known = native_files_.find(name);
    if (known == native_files_.end()) {
      MR_TRY(files_->Remove(path));  // of an attempt that failed
      if (failed_syncs_.contains(name)) {
        // After a failed sync the kernel takes the file's pages for written: only new ones are sure to reach the disk.
        MR_TRY(files_->FileSystem::LinkOrCopy(file.path, path));
        MR_TRY(VerifyRunFile(path));
      } else {
        MR_TRY(files_->LinkOrCopy(file.path, path));
      }
      FailPoint("checkpoint.shared.linked");
      MR_ASSIGN(const auto stored, files_->Open(path, OpenMode::kReadWrite));
      if (Status synced = stored->Sync(); !synced.ok()) {
        failed_syncs_.insert(name);
        return synced;
      }
      failed_syncs_.erase(name);
      FailPoint("checkpoint.shared.file_synced");
      MR_ASSIGN(const uint64_t size, stored->Size());
      known = native_files_.emplace(name, NativeFile{size, checkpoint}).first;
    }
    part->dead_up_to = keyed.DeadUpTo();
    part->native_files.push_back(
        {file.name, "../shared/" + name, known->second.size, known->second.added_by == checkpoint});
  }
  return Ok();
}

Result<CheckpointMetadata> CheckpointStorage::WriteSavepoint(FileSystem& files, const std::string& folder,
                                                             CheckpointMetadata metadata,
                                                             std::vector<SlotSnapshot>& slots) {
  MR_TRY(MakeDurableDirectories(files, folder));
  FailPoint("savepoint.folder.made");
  for (SlotSnapshot& slot : slots) MR_TRY(WriteSlot(files, folder, slot, false, nullptr, &metadata.parts));
  MR_TRY(WriteMetadata(files, folder, metadata));
  FailPoint("savepoint.durable");
  return metadata;
}

Result<CheckpointMetadata> CheckpointStorage::Load(uint64_t id, std::string_view trusted) const {
  const std::string folder = FolderOf(id);
  MR_ASSIGN(CheckpointMetadata metadata, ReadMetadata(*files_, folder));
  // Native files are linked when they are restored, and read later.
  if (trusted.empty() || metadata.taken_by != trusted || metadata.has_native_files())
    MR_TRY(VerifyCheckpoint(*files_, folder, metadata));
  return metadata;
}

Status CheckpointStorage::Remove(uint64_t id) {
  // The metadata first: what is left of a removal that a crash cut short is no checkpoint.
  MR_TRY(files_->Remove(FolderOf(id) + "/" + kMetadataName));
  FailPoint("checkpoint.half_removed");
  return files_->RemoveTree(FolderOf(id));
}

Status CheckpointStorage::RemoveOld(uint64_t newest_needed) {
  size_t below = 0;
  while (below < finished_.size() && finished_[below] <= newest_needed) ++below;
  if (below <= retained_) return Ok();
  const size_t surplus = below - retained_;
  for (size_t i = 0; i < surplus; ++i) {
    MR_TRY(Remove(finished_[i]));
    FailPoint("checkpoint.old.removed");
  }
  finished_.erase(finished_.begin(), finished_.begin() + static_cast<std::ptrdiff_t>(surplus));
  return native_files_.empty() ? Ok() : RemoveUnusedNativeFiles();
}

Status CheckpointStorage::RemoveNewerThan(uint64_t id) {
  while (!finished_.empty() && finished_.back() > id) {
    MR_TRY(Remove(finished_.back()));
    FailPoint("checkpoint.newer.removed");
    finished_.pop_back();
  }
  return Ok();
}

Status CheckpointStorage::Discard(uint64_t id) {
  std::erase(finished_, id);
  return Remove(id);
}

Status CheckpointStorage::RemoveAll() {
  finished_.clear();
  native_files_.clear();
  return files_->RemoveTree(directory_);
}

Status CheckpointStorage::RemoveUnusedNativeFiles() {
  std::map<std::string, NativeFile> used;
  for (const uint64_t id : finished_) {
    const auto metadata = ReadMetadata(*files_, FolderOf(id));
    if (!metadata.ok()) {
      // Whose files are unknown keeps all: disk space is cheaper than state.
      Log(LogLevel::kWarn, "checkpoint", "{}", metadata.error().ToString());
      return Ok();
    }
    for (const StoredOperator& part : metadata->parts) {
      for (const StoredFile& file : part.native_files) used[file.path.substr(file.path.rfind('/') + 1)] = {file.size};
    }
  }
  MR_ASSIGN(const auto names, files_->List(directory_ + "/shared"));
  for (const std::string& name : names) {
    if (used.contains(name)) continue;
    MR_TRY(files_->Remove(directory_ + "/shared/" + name));
    FailPoint("checkpoint.shared.removed");
  }
  native_files_ = std::move(used);
  return Ok();
}

}  // namespace millrace::state
