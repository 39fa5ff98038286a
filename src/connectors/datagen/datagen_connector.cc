#include "connectors/datagen/datagen_connector.h"

#include <algorithm>
#include <set>

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

// The rows `first`, first + step, first + 2 step ..: the split of slot `first` in a job of `step` slots. A job that is
// restored at another parallelism deals the stripes out anew.
class Stripe {
 public:
  Stripe(const DatagenPlan* plan, uint64_t first, uint64_t step, uint64_t rows_made)
      : plan_(plan),
        first_(first),
        step_(step),
        rate_(static_cast<double>(plan->rows_per_second) / static_cast<double>(step)),
        next_row_(rows_made),
        rows_at_start_(rows_made) {
    if (plan_->num_rows != UINT64_MAX) limit_ = plan_->num_rows > first ? (plan_->num_rows - first - 1) / step + 1 : 0;
  }

  std::string name() const { return fmt::format("datagen-{}-of-{}", first_, step_); }
  uint64_t rows_made() const { return next_row_; }
  bool at_end() const { return next_row_ >= limit_; }

  void Start() {
    started_nanos_ = plan_->clock->MonotonicNanos();
    random_.seed(plan_->seed + HashInt(next_row_ * step_ + first_));
  }

  uint64_t Due() const {
    // The first row is due at once.
    const auto total = static_cast<uint64_t>(SecondsSinceStart() * rate_) + 1;
    const uint64_t made = next_row_ - rows_at_start_;
    return total > made ? std::min(total - made, limit_ - next_row_) : 0;
  }

  int64_t MillisToNextRow() const {
    const double due_seconds = static_cast<double>(next_row_ - rows_at_start_) / rate_;
    return std::max<int64_t>(1, static_cast<int64_t>((due_seconds - SecondsSinceStart()) * 1000) + 1);
  }

  void Append(size_t rows, std::vector<ColumnBuilder>& builders) {
    RowContext context{&random_, 0, plan_->clock->WallMillis()};
    for (size_t row = 0; row < rows; ++row, ++next_row_) {
      context.index = next_row_ * step_ + first_;
      for (size_t i = 0; i < builders.size(); ++i) plan_->generators[i]->Append(context, builders[i]);
    }
  }

 private:
  double SecondsSinceStart() const {
    return static_cast<double>(plan_->clock->MonotonicNanos() - started_nanos_) / 1e9;
  }

  const DatagenPlan* plan_;
  uint64_t first_;
  uint64_t step_;
  double rate_;
  uint64_t limit_ = UINT64_MAX;
  uint64_t next_row_;  // rows made so far
  uint64_t rows_at_start_;
  int64_t started_nanos_ = 0;
  Random random_;
};

class DatagenReader final : public connect::SourceReader {
 public:
  DatagenReader(std::shared_ptr<const DatagenPlan> plan, uint32_t slot, uint32_t parallelism)
      : plan_(std::move(plan)), slot_(slot), parallelism_(parallelism), stripes_{{plan_.get(), slot, parallelism, 0}} {
    for (const DataType& type : plan_->types) builders_.emplace_back(type);
  }

  Result<SourceEvent> Poll(int64_t max_wait_millis) override {
    SourceEvent event;
    if (announced_ < stripes_.size()) {
      stripes_[announced_].Start();
      event.kind = SourceEvent::Kind::kSplitAdded;
      event.split.value = announced_;
      event.split_name = stripes_[announced_++].name();
      return event;
    }
    if (GiveNext(event)) return event;
    if (finished_.size() == stripes_.size() && plan_->num_rows != UINT64_MAX) {
      event.kind = SourceEvent::Kind::kEnd;
      return event;
    }
    int64_t wait_millis = max_wait_millis;
    for (const Stripe& stripe : stripes_) {
      if (!stripe.at_end()) wait_millis = std::min(wait_millis, stripe.MillisToNextRow());
    }
    plan_->clock->SleepMillis(wait_millis);
    (void)GiveNext(event);
    return event;
  }

  std::vector<SplitState> Snapshot() override {
    std::vector<SplitState> out;
    for (const Stripe& stripe : stripes_) out.push_back({stripe.name(), std::to_string(stripe.rows_made())});
    return out;
  }

  Status Restore(const std::vector<SplitState>& states) override {
    if (!states.empty()) stripes_.clear();
    for (const SplitState& state : states) {
      const std::vector<std::string> words = Split(state.split_name, '-');  // datagen-0-of-2
      const auto first = words.size() == 4 ? ParseInt64(words[1]) : std::nullopt;
      const auto step = words.size() == 4 ? ParseInt64(words[3]) : std::nullopt;
      const auto rows = ParseInt64(state.position);
      if (!first || !step || !rows || *first < 0 || *step <= *first || *rows < 0) {
        return ExternalError(
            fmt::format("The checkpoint holds no row count for {}: '{}'", state.split_name, state.position),
            Retry::kNo);
      }
      // Every slot is given those of all.
      const auto place = static_cast<uint64_t>(*first);
      if (place % parallelism_ != slot_) continue;
      stripes_.emplace_back(plan_.get(), place, static_cast<uint64_t>(*step), static_cast<uint64_t>(*rows));
    }
    return Ok();
  }

 private:
  // The rows that are due of one stripe, or its end: each in turn.
  bool GiveNext(SourceEvent& event) {
    for (size_t i = 0; i < stripes_.size(); ++i) {
      next_ = next_ + 1 < stripes_.size() ? next_ + 1 : 0;
      Stripe& stripe = stripes_[next_];
      event.split.value = next_;
      if (stripe.at_end()) {
        if (!finished_.insert(next_).second) continue;
        event.kind = SourceEvent::Kind::kSplitFinished;
        return true;
      }
      const size_t rows = std::min<uint64_t>(stripe.Due(), kBatchRows);
      if (rows == 0) continue;
      for (ColumnBuilder& builder : builders_) builder.Reserve(rows);
      stripe.Append(rows, builders_);
      event.kind = SourceEvent::Kind::kRows;
      event.batch.num_rows = rows;
      for (ColumnBuilder& builder : builders_) event.batch.columns.push_back(builder.Finish());
      return true;
    }
    return false;
  }

  std::shared_ptr<const DatagenPlan> plan_;
  uint32_t slot_;
  uint32_t parallelism_;
  std::vector<Stripe> stripes_;  // splits by their numbers
  uint32_t announced_ = 0;       // the stripes before it
  uint32_t next_ = 0;            // the stripe that was asked last
  std::set<uint32_t> finished_;
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
