#include "connectors/datagen/datagen_connector.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "connectors/datagen/field_generator.h"
#include "data/hash.h"

namespace millrace::connectors {
namespace {

using connect::SourceEvent;

const OptionTable& DatagenOptions() {
  static const OptionTable table = {
      {"connector", OptionType::kString, "", "The connector's name.", true},
      {"rows-per-second", OptionType::kInt, "10000", "Rows per second over all slots."},
      {"number-of-rows", OptionType::kInt, "", "Rows over all slots; without it there is no end."},
      {"scan.parallelism", OptionType::kInt, "", "Accepted; sources run in every slot."},
      {"fields.#.kind", OptionType::kString, "random", "`random` or `sequence`."},
      {"fields.#.min", OptionType::kString, "", "Smallest random number."},
      {"fields.#.max", OptionType::kString, "", "Largest random number."},
      {"fields.#.max-past", OptionType::kDuration, "0 ms", "Random times lie at most so far back."},
      {"fields.#.length", OptionType::kInt, "", "Length of text and bytes (100), elements of collections (3)."},
      {"fields.#.var-len", OptionType::kBool, "false", "Random length up to the length."},
      {"fields.#.start", OptionType::kInt, "", "First value of a sequence."},
      {"fields.#.end", OptionType::kInt, "", "Last value of a sequence; the source ends there."},
      {"fields.#.null-rate", OptionType::kDouble, "0", "Share of NULLs."},
  };
  return table;
}

struct DatagenPlan {
  std::vector<std::unique_ptr<FieldGenerator>> generators;  // of the projected fields
  std::vector<DataType> types;
  int64_t rows_per_second = 0;
  uint64_t num_rows = UINT64_MAX;  // over all slots
  uint64_t seed = 0;
  Clock* clock = nullptr;
};

// Slot s of p makes the rows s, s + p, s + 2p ...
class DatagenReader final : public connect::SourceReader {
 public:
  DatagenReader(std::shared_ptr<const DatagenPlan> plan, uint32_t slot, uint32_t parallelism)
      : plan_(std::move(plan)),
        slot_(slot),
        parallelism_(parallelism),
        rate_(static_cast<double>(plan_->rows_per_second) / parallelism) {
    if (plan_->num_rows != UINT64_MAX) {
      limit_ = plan_->num_rows > slot ? (plan_->num_rows - slot - 1) / parallelism + 1 : 0;
    }
    for (const DataType& type : plan_->types) builders_.emplace_back(type);
  }

  Result<SourceEvent> Poll(int64_t max_wait_millis) override {
    SourceEvent event;
    if (!announced_) {
      announced_ = true;
      started_nanos_ = plan_->clock->MonotonicNanos();
      rows_at_start_ = next_row_;
      random_.seed(plan_->seed + HashInt(next_row_ * parallelism_ + slot_));
      event.kind = SourceEvent::Kind::kSplitAdded;
      event.split_name = SplitName();
      return event;
    }
    if (next_row_ >= limit_) {
      event.kind = finished_ ? SourceEvent::Kind::kEnd : SourceEvent::Kind::kSplitFinished;
      finished_ = true;
      return event;
    }
    uint64_t due = Due();
    if (due == 0) {
      plan_->clock->SleepMillis(std::min(max_wait_millis, MillisToNextRow()));
      due = Due();
      if (due == 0) return event;
    }
    event.kind = SourceEvent::Kind::kRows;
    event.batch = Generate(static_cast<size_t>(std::min<uint64_t>({due, kBatchRows, limit_ - next_row_})));
    return event;
  }

  std::vector<SplitState> Snapshot() override { return {{SplitName(), std::to_string(next_row_)}}; }

  Status Restore(const std::vector<SplitState>& states) override {
    for (const SplitState& state : states) {
      if (state.split_name != SplitName()) continue;
      const auto rows = ParseInt64(state.position);
      if (!rows || *rows < 0) {
        return ExternalError(fmt::format("The checkpoint holds no row count for {}: '{}'", SplitName(), state.position),
                             Retry::kNo);
      }
      next_row_ = static_cast<uint64_t>(*rows);
    }
    return Ok();
  }

 private:
  std::string SplitName() const { return fmt::format("datagen-{}-of-{}", slot_, parallelism_); }

  uint64_t Due() const {
    const double seconds = static_cast<double>(plan_->clock->MonotonicNanos() - started_nanos_) / 1e9;
    // The first row is due at once.
    const auto total = static_cast<uint64_t>(seconds * rate_) + 1;
    const uint64_t made = next_row_ - rows_at_start_;
    return total > made ? total - made : 0;
  }

  int64_t MillisToNextRow() const {
    const double due_seconds = static_cast<double>(next_row_ - rows_at_start_) / rate_;
    const double now_seconds = static_cast<double>(plan_->clock->MonotonicNanos() - started_nanos_) / 1e9;
    return std::max<int64_t>(1, static_cast<int64_t>((due_seconds - now_seconds) * 1000) + 1);
  }

  Batch Generate(size_t rows) {
    RowContext context{&random_, 0, plan_->clock->WallMillis()};
    for (ColumnBuilder& builder : builders_) builder.Reserve(rows);
    for (size_t row = 0; row < rows; ++row, ++next_row_) {
      context.index = next_row_ * parallelism_ + slot_;
      for (size_t i = 0; i < builders_.size(); ++i) plan_->generators[i]->Append(context, builders_[i]);
    }
    Batch batch;
    batch.num_rows = rows;
    for (ColumnBuilder& builder : builders_) batch.columns.push_back(builder.Finish());
    return batch;
  }

  std::shared_ptr<const DatagenPlan> plan_;
  uint32_t slot_;
  uint32_t parallelism_;
  double rate_;
  uint64_t limit_ = UINT64_MAX;  // rows of this slot
  uint64_t next_row_ = 0;        // rows of this slot made so far
  uint64_t rows_at_start_ = 0;
  int64_t started_nanos_ = 0;
  bool announced_ = false;
  bool finished_ = false;
  Random random_;
  std::vector<ColumnBuilder> builders_;
};

class DatagenSource final : public connect::Source {
 public:
  explicit DatagenSource(std::shared_ptr<const DatagenPlan> plan) : plan_(std::move(plan)) {}
  bool bounded() const override { return plan_->num_rows != UINT64_MAX; }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t slot, uint32_t parallelism) override {
    return std::unique_ptr<connect::SourceReader>(std::make_unique<DatagenReader>(plan_, slot, parallelism));
  }

 private:
  std::shared_ptr<const DatagenPlan> plan_;
};

// Options of columns that the table does not have are errors, as any unknown option is.
Status CheckFieldNames(const connect::TableContext& table) {
  std::vector<std::string> names;
  for (const Field& field : table.physical_fields) names.push_back(field.name);
  for (const auto& [key, value] : table.options.WithPrefix("fields.")) {
    const bool known = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return key.size() > name.size() && key.starts_with(name) && key[name.size()] == '.';
    });
    if (known) continue;
    const std::string name = key.substr(0, key.find('.'));
    return ValidationError(fmt::format("Option 'fields.{}' names no column of table '{}'.", key, table.table_name))
        .WithHint(DidYouMean(name, names));
  }
  return Ok();
}

Result<std::unique_ptr<connect::Source>> MakeDatagenSource(const connect::SourceContext& context) {
  const Options& options = context.table.options;
  MR_TRY(CheckFieldNames(context.table));
  auto plan = std::make_shared<DatagenPlan>();
  plan->clock = context.table.environment->clock;
  plan->rows_per_second = options.GetInt("rows-per-second");
  if (plan->rows_per_second <= 0)
    return ValidationError("Option 'rows-per-second' of datagen must be greater than zero.");
  if (options.Has("number-of-rows")) {
    if (options.GetInt("number-of-rows") < 0) return ValidationError("Option 'number-of-rows' cannot be negative.");
    plan->num_rows = static_cast<uint64_t>(options.GetInt("number-of-rows"));
  }
  plan->seed = HashBytes(context.table.table_name) ^ HashInt(static_cast<uint64_t>(plan->clock->WallMillis()));
  for (size_t i = 0; i < context.table.physical_fields.size(); ++i) {
    const Field& field = context.table.physical_fields[i];
    MR_ASSIGN(auto generator, MakeFieldGenerator(field.name, field.type, options));
    plan->num_rows = std::min(plan->num_rows, generator->num_rows());  // a sequence ends the source, read or not
    const auto& read = context.projected_fields;
    if (std::find(read.begin(), read.end(), i) == read.end()) continue;
    plan->generators.push_back(std::move(generator));
    plan->types.push_back(field.type);
  }
  return std::unique_ptr<connect::Source>(std::make_unique<DatagenSource>(std::move(plan)));
}

}  // namespace

connect::ConnectorDef DatagenConnector() {
  connect::ConnectorDef def;
  def.name = "datagen";
  def.options = &DatagenOptions();
  def.doc = "Makes up rows, random or in sequence.";
  def.make_source = MakeDatagenSource;
  return def;
}

}  // namespace millrace::connectors
