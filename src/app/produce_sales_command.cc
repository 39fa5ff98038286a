// millrace produce sales
#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/produce/sales_writer.h"
#include "base/clock.h"
#include "base/strings.h"

namespace millrace::app {
namespace {

struct Plan {
  double rate = 1;          // per second; 0 = as fast as possible
  int64_t count = 0;        // 0 = until stopped
  int64_t backfill_millis = 0;
};

// Past sales at full speed, evenly spread over the span: `count` of them, or as many as `rate` gives.
Result<int64_t> Backfill(const Plan& plan, SalesEvents& events, SalesWriter& writer, int64_t now) {
  const int64_t total = plan.count > 0 ? plan.count : static_cast<int64_t>(plan.rate * static_cast<double>(plan.backfill_millis) / 1000);
  for (int64_t i = 0; i < total && !StopRequested(); ++i) {
    const int64_t time = now - plan.backfill_millis + plan.backfill_millis * (i + 1) / total;
    MR_TRY(writer.Write(events.Next(time)));
  }
  MR_TRY(writer.Flush());
  return total;
}

Status Live(const Plan& plan, SalesEvents& events, SalesWriter& writer, int64_t& written) {
  const int64_t start = SystemClock().MonotonicNanos();
  for (int64_t i = 0; (plan.count == 0 || i < plan.count) && !StopRequested(); ++i) {
    if (plan.rate > 0) {
      const auto due = start + static_cast<int64_t>(static_cast<double>(i) * 1e9 / plan.rate);
      while (SystemClock().MonotonicNanos() < due) {
        MR_TRY(writer.Poll());
        const int64_t left = (due - SystemClock().MonotonicNanos()) / 1'000'000;
        if (WaitForStop(std::clamp<int64_t>(left, 1, 200))) return Ok();
      }
    }
    MR_TRY(writer.Write(events.Next(SystemClock().WallMillis())));
    ++written;
  }
  return Ok();
}

Result<int> Run(const Arguments& arguments) {
  Plan plan;
  MR_ASSIGN(plan.rate, arguments.GetDouble("rate", 0));
  MR_ASSIGN(plan.count, arguments.GetInt("count", 0, INT64_MAX));
  MR_ASSIGN(const int64_t stores, arguments.GetInt("stores", 1, 1'000'000));
  MR_ASSIGN(const int64_t seed, arguments.GetInt("seed", 0, INT64_MAX));
  MR_ASSIGN(const int64_t disorder, arguments.GetDurationMillis("disorder"));
  if (arguments.Has("backfill")) {
    MR_ASSIGN(plan.backfill_millis, arguments.GetDurationMillis("backfill"));
  }
  SalesWriterOptions options;
  MR_ASSIGN(options.kafka, KafkaConfig(arguments));
  options.registry_url = arguments.Get("schema-registry");
  options.topic = arguments.Get("topic");
  SalesEvents events(static_cast<uint32_t>(stores), disorder, static_cast<uint64_t>(seed));
  MR_ASSIGN(const auto writer, SalesWriter::Open(options));
  int64_t written = 0;
  if (plan.backfill_millis > 0) {
    MR_ASSIGN(written, Backfill(plan, events, *writer, SystemClock().WallMillis()));
    fmt::print("{} past sales written to {}\n", written, options.topic);
    std::fflush(stdout);
  }
  if (plan.backfill_millis == 0 || plan.count == 0) MR_TRY(Live(plan, events, *writer, written));
  MR_TRY(writer->Flush());
  fmt::print("{} sales written to {}\n", written, options.topic);
  return kExitOk;
}

}  // namespace

Command ProduceSalesCommand() {
  ArgumentSpec spec{.command = "millrace produce sales",
                    .summary = "Writes the tutorial's sales events to a topic, as Avro.",
                    .flags = KafkaFlags()};
  spec.flags.push_back(RegistryFlag());
  spec.flags.push_back({"--topic", "TOPIC", "where to", "SALES"});
  spec.flags.push_back({"--rate", "N", "sales per second; 0 = as fast as possible", "1"});
  spec.flags.push_back({"--stores", "N", "number of stores: ABC, DEF, GHI ...", "3"});
  spec.flags.push_back({"--count", "N", "how many sales; 0 = until stopped", "0"});
  spec.flags.push_back({"--backfill", "DURATION", "first write sales of the past, e.g. 10m, at full speed; with --count that many, and then end", ""});
  spec.flags.push_back({"--disorder", "DURATION", "event times lie up to this much before their turn", "0s"});
  spec.flags.push_back({"--seed", "N", "the same seed gives the same stores, amounts and disorder", "1"});
  return {std::move(spec), Run};
}

}  // namespace millrace::app
