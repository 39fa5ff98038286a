// Whatever happens to its state on the way, and wherever it is kept, a window aggregation gives the results of an
// undisturbed run in memory.
#include <random>

#include <gtest/gtest.h>

#include "data/hash.h"
#include "data/value.h"

#include "exec/testing/window_jobs.h"
#include "state/checkpoint_storage.h"
#include "state/disk_backend.h"
#include "state/key_groups.h"
#include "state/testing/scratch.h"

namespace millrace::exec {
namespace {

using state::testing::Scratch;
using testing::Lines;
using testing::Slot;
using testing::WindowJob;

struct Input {
  Batch batch;
  std::optional<int64_t> watermark;
};

// p slots of one job: rows go to the slot of their key, watermarks to all.
class Slots {
 public:
  Slots(const WindowJob& job, uint32_t parallelism, state::Backend* backend) : job_(job) {
    for (uint32_t slot = 0; slot < parallelism; ++slot) {
      Slot& one = *slots_.emplace_back(std::make_unique<Slot>(job, slot, parallelism, backend));
      EXPECT_TRUE(one.op->Open(one.context).ok());
    }
  }

  Status Restore(const std::string& folder, const state::CheckpointMetadata& metadata) {
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      const state::KeyGroupRange range = state::RangeOfSlot(slot, static_cast<uint32_t>(slots_.size()));
      MR_TRY(slots_[slot]->op->Restore(state::StateOf(RealFileSystem(), folder, metadata, "op", range)));
    }
    return Ok();
  }

  void Handle(const Input& step, Lines& out) {
    if (step.watermark) {
      for (const auto& slot : slots_) ASSERT_TRUE(slot->op->OnWatermark(*step.watermark, out).ok());
      return;
    }
    std::vector<uint64_t> hashes(step.batch.num_rows);
    HashRows(step.batch, job_.keys, hashes.data());
    std::vector<std::vector<uint32_t>> rows(slots_.size());
    for (uint32_t row = 0; row < step.batch.num_rows; ++row) {
      const uint32_t group = KeyGroupOf(hashes[row], kDefaultKeyGroups);
      rows[SlotOfKeyGroup(group, kDefaultKeyGroups, static_cast<uint32_t>(slots_.size()))].push_back(row);
    }
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      if (rows[slot].empty()) continue;
      const Status status = slots_[slot]->op->Process(step.batch.Gather(rows[slot]), out);
      ASSERT_TRUE(status.ok()) << status.error().ToString();
    }
  }

  std::vector<state::SlotSnapshot> Snapshot() {
    std::vector<state::SlotSnapshot> out;
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      state::SlotSnapshot::Part part{.uid = "op"};
      EXPECT_TRUE(slots_[slot]->op->Snapshot(part.snapshot).ok());
      out.push_back({.slot = slot});
      out.back().parts.push_back(std::move(part));
    }
    return out;
  }
  uint32_t parallelism() const { return static_cast<uint32_t>(slots_.size()); }

 private:
  const WindowJob& job_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  uint64_t Below(uint64_t n) { return random_() % n; }

  WindowJob Job() {
    WindowJob job;
    const DataType text = DataType::String();
    const DataType bigint = DataType::Of(TypeKind::kBigInt);
    switch (Below(8)) {
      case 0: break;
      case 1: job.input = {DataType::Of(TypeKind::kInt).NotNull()}; break;
      case 2: job.input = {text}; break;
      case 3: job.input = {DataType::Of(TypeKind::kDouble)}; break;
      case 4: job.input = {DataType::Of(TypeKind::kInt), text.NotNull()}; break;
      case 5: job.input = {DataType::Array(DataType::Of(TypeKind::kInt))}; break;
      case 6: job.input = {DataType::TimestampOf(6), DataType::Of(TypeKind::kBoolean)}; break;
      default: job.input = {text.NotNull(), DataType::Decimal(20, 2)}; break;
    }
    for (size_t key = 0; key < job.input.size(); ++key) job.keys.push_back(key);
    const size_t number = job.input.size();
    job.input.insert(job.input.end(), {bigint, text, DataType::TimestampOf(3).NotNull()});
    job.retracts = Below(3) == 0;
    std::vector<testing::Call> calls = {{"SUM", number, false},
                                        {"COUNT", {}, false},
                                        {"AVG", number, false},
                                        {"COUNT", number + 1, true},
                                        {"SUM", number, true}};
    if (!job.retracts) {
      calls.insert(calls.end(), {{"MIN", number, false},
                                 {"MAX", number + 1, false},
                                 {"FIRST_VALUE", number + 1, false},
                                 {"LAST_VALUE", number, false}});
    }
    const bool plain = Below(3) == 0;  // accumulators that are copied as bytes
    for (const testing::Call& call : calls) {
      const bool owning = call.distinct || call.column == number + 1 || call.function == "LAST_VALUE";
      if (plain ? !owning : Below(2) == 0) job.calls.push_back(call);
    }
    if (job.calls.empty()) job.calls.push_back(calls[0]);
    job.window.time_column = number + 2;
    job.window.kind = static_cast<plan::WindowKind>(Below(3));
    job.window.size = 60'000;
    job.window.slide = job.window.kind == plan::WindowKind::kTumble ? 60'000 : 60'000 / (2 + Below(3));
    job.window.offset = Below(2) == 0 ? 0 : 7'000;
    return job;
  }

  std::vector<Input> Steps(const WindowJob& job, size_t count) {
    std::vector<Input> steps;
    int64_t now = 0;
    std::vector<ValueList> inserted;
    const int64_t keys = 1 + static_cast<int64_t>(Below(200));
    for (size_t i = 0; i < count; ++i) {
      if (Below(3) == 0) {
        now += static_cast<int64_t>(Below(Below(8) == 0 ? 200'000 : 25'000));
        steps.push_back({.batch = {}, .watermark = now - 10'000});
        continue;
      }
      std::vector<ColumnBuilder> builders;
      for (const DataType& type : job.input) builders.emplace_back(type);
      std::vector<RowKind> kinds;
      const uint64_t rows = 1 + Below(60);
      for (uint64_t row = 0; row < rows; ++row) {
        ValueList values;
        const bool remove = job.retracts && !inserted.empty() && Below(3) == 0;
        if (remove) {
          const size_t which = Below(inserted.size());
          values = inserted[which];
          inserted.erase(inserted.begin() + static_cast<int64_t>(which));
        } else {
          for (size_t c = 0; c + 1 < job.input.size(); ++c) {
            values.push_back(RandomValue(job.input[c], c < job.keys.size() ? keys : 50));
          }
          values.push_back(Value(now - 30'000 + static_cast<int64_t>(Below(60'000))));
          if (job.retracts) inserted.push_back(values);
        }
        for (size_t c = 0; c < values.size(); ++c) builders[c].AppendValue(values[c]);
        kinds.push_back(remove ? RowKind::kDelete : RowKind::kInsert);
      }
      Input step{.batch = {.num_rows = rows}, .watermark = {}};
      for (ColumnBuilder& builder : builders) step.batch.columns.push_back(builder.Finish());
      if (job.retracts) step.batch.kinds = std::make_shared<const std::vector<RowKind>>(std::move(kinds));
      steps.push_back(std::move(step));
    }
    steps.push_back({.batch = {}, .watermark = kEndOfTime});
    return steps;
  }

 private:
  Value RandomValue(const DataType& type, int64_t distinct) {
    if (type.nullable && Below(10) == 0) return {};
    const auto n = static_cast<int64_t>(Below(static_cast<uint64_t>(distinct)));
    switch (type.physical()) {
      case Physical::kBool: return Value(n % 2 == 0);
      case Physical::kString: return Value(n % 3 == 0 ? "a much longer key " + std::to_string(n) : std::to_string(n));
      case Physical::kDouble: {
        const double special[] = {0.0, -0.0, std::numeric_limits<double>::quiet_NaN()};
        return Value(n < 3 ? special[n] : static_cast<double>(n) / 4);
      }
      case Physical::kInt128: return Value(Int128{n} * 1'000'000'007);
      case Physical::kTimestamp: return Value(Timestamp{n * 1000, static_cast<int32_t>(n)});
      case Physical::kList:
        return Value(std::make_shared<const ValueList>(ValueList(static_cast<size_t>(n % 5), Value(n))));
      default: return Value(n);
    }
  }

  std::mt19937_64 random_;
};

std::vector<std::string> Sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

// A job that loses its slots now and then and goes on from its last snapshot, at another parallelism and with another
// backend.
class DisturbedRun {
 public:
  DisturbedRun(const WindowJob& job, Generator* random) : job_(job), random_(*random) { Start(); }

  void Run(const std::vector<Input>& steps, Lines& out) {
    for (size_t at = 0; at < steps.size(); ++at) {
      slots_->Handle(steps[at], out);
      if (random_.Below(6) != 0) continue;
      std::vector<state::SlotSnapshot> snapshots = slots_->Snapshot();
      const uint32_t parallelism = slots_->parallelism();
      if (random_.Below(3) == 0) {  // nothing happens but the checkpoint
        Store(snapshots, parallelism);
        continue;
      }
      const size_t lines = out.lines.size();
      // The operator goes on while the snapshot is written, and then crashes.
      const uint64_t more = random_.Below(4);
      for (size_t next = at + 1; next < std::min(steps.size(), at + 1 + more); ++next) slots_->Handle(steps[next], out);
      if (random_.Below(2) == 0) slots_.reset();
      Store(snapshots, parallelism);
      snapshots.clear();
      out.lines.resize(lines);
      slots_.reset();
      Start();
      const Status status = slots_->Restore(folder_, metadata_);
      ASSERT_TRUE(status.ok()) << status.error().ToString();
    }
  }
  size_t native_files() const { return native_files_; }

 private:
  void Start() {
    backend_.reset();
    if (random_.Below(3) != 0) {
      auto backend = state::MakeDiskBackend(
          RealFileSystem(), {.directory = scratch_.path() + "/local", .memory_bytes = 1LL << (8 + random_.Below(10))});
      ASSERT_TRUE(backend.ok());
      backend_ = std::move(*backend);
    }
    slots_ = std::make_unique<Slots>(job_, 1 + random_.Below(4), backend_.get());
  }

  void Store(std::vector<state::SlotSnapshot>& snapshots, uint32_t parallelism) {
    auto storage = state::CheckpointStorage::Open(RealFileSystem(), scratch_.path() + "/job", 1 + random_.Below(2),
                                                  random_.Below(4) != 0);
    ASSERT_TRUE(storage.ok());
    state::CheckpointMetadata metadata{.id = ++last_id_, .parallelism = parallelism, .key_groups = kDefaultKeyGroups};
    folder_ = storage->FolderOf(last_id_);
    Status status = Ok();
    if (random_.Below(4) == 0) {
      folder_ = scratch_.path() + "/savepoint-" + std::to_string(last_id_);
      const auto written = state::CheckpointStorage::WriteSavepoint(RealFileSystem(), folder_, metadata, snapshots);
      ASSERT_TRUE(written.ok()) << written.error().ToString();
    } else {
      const auto written = storage->Write(metadata, snapshots);
      ASSERT_TRUE(written.ok()) << written.error().ToString();
      status = storage->RemoveOld(last_id_);
    }
    ASSERT_TRUE(status.ok()) << status.error().ToString();
    auto read = state::ReadMetadata(RealFileSystem(), folder_);
    ASSERT_TRUE(read.ok());
    metadata_ = *read;
    status = state::VerifyCheckpoint(RealFileSystem(), folder_, metadata_);
    ASSERT_TRUE(status.ok()) << status.error().ToString();
    for (const state::StoredOperator& part : metadata_.parts) native_files_ += part.native_files.size();
  }

  const WindowJob& job_;
  Generator& random_;
  Scratch scratch_;
  uint64_t last_id_ = 0;
  std::string folder_;
  state::CheckpointMetadata metadata_;
  size_t native_files_ = 0;
  std::unique_ptr<state::Backend> backend_;  // outlives the slots
  std::unique_ptr<Slots> slots_;
};

TEST(WindowState, SnapshotsAndRestoresChangeNothing) {
  size_t lines = 0;
  size_t native_files = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Generator generator(seed);
    const WindowJob job = generator.Job();
    const std::vector<Input> steps = generator.Steps(job, 60);
    Lines expected;
    Slots undisturbed(job, 1, nullptr);
    for (const Input& step : steps) undisturbed.Handle(step, expected);
    Lines got;
    DisturbedRun run(job, &generator);
    run.Run(steps, got);
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_EQ(Sorted(expected.lines), Sorted(got.lines));
    lines += got.lines.size();
    native_files += run.native_files();
  }
  EXPECT_GT(lines, 10'000U);
  EXPECT_GT(native_files, 1'000U);
}

}  // namespace
}  // namespace millrace::exec
