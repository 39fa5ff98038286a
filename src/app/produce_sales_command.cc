// millrace produce sales
#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/produce/sales_run.h"
#include "base/clock.h"
#include "kafka/client/admin.h"

namespace millrace::app {
namespace {

// Never written to, or not there yet.
Result<bool> IsNew(const SalesWriterOptions& options) {
  MR_ASSIGN(const auto admin, kafka::AdminClient::Create(options.kafka));
  const auto topic = admin->DescribeTopic(options.topic);
  if (!topic.ok() && topic.error().code == "UNKNOWN_TOPIC_OR_PART") return true;
  if (!topic.ok()) return topic.error();
  for (const kafka::PartitionDescription& partition : topic->partitions) {
    MR_ASSIGN(const kafka::Watermarks marks, admin->QueryWatermarks({options.topic, partition.id}));
    if (marks.high > 0) return false;
  }
  return true;
}

Result<int> Run(const Arguments& arguments) {
  SalesPlan plan;
  int64_t backfill_millis = 0;
  MR_ASSIGN(plan.rate, arguments.GetDouble("rate", 0));
  MR_ASSIGN(plan.count, arguments.GetInt("count", 0, INT64_MAX));
  MR_ASSIGN(const int64_t stores, arguments.GetInt("stores", 1, 1'000'000));
  MR_ASSIGN(const int64_t seed, arguments.GetInt("seed", 0, INT64_MAX));
  MR_ASSIGN(const int64_t disorder, arguments.GetDurationMillis("disorder"));
  if (arguments.Has("backfill")) {
    MR_ASSIGN(backfill_millis, arguments.GetDurationMillis("backfill"));
  }
  SalesWriterOptions options;
  MR_ASSIGN(options.kafka, KafkaConfig(arguments));
  options.registry_url = arguments.Get("schema-registry");
  options.topic = arguments.Get("topic");
  bool backfills = backfill_millis > 0;
  if (backfills && arguments.Has("if-new")) {
    MR_ASSIGN(backfills, IsNew(options));
  }
  SalesEvents events(static_cast<uint32_t>(stores), disorder, static_cast<uint64_t>(seed));
  MR_ASSIGN(const auto writer, SalesWriter::Open(options));
  int64_t written = 0;
  if (backfills) {
    const int64_t now = SystemClock().WallMillis();
    MR_ASSIGN(written, WritePastSales(plan, now - backfill_millis, now, events, *writer));
    fmt::print("{} past sales written to {}\n", written, options.topic);
    std::fflush(stdout);
  }
  if (backfill_millis == 0 || plan.count == 0) MR_TRY(WriteLiveSales(plan, events, *writer, written));
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
  spec.flags.push_back({"--backfill", "DURATION",
                        "first write sales of the past, e.g. 10m, at full speed; with --count that many, and then end",
                        ""});
  spec.flags.push_back(
      {"--if-new", "", "--backfill only a topic that was never written to: for a service that may be restarted", ""});
  spec.flags.push_back({"--disorder", "DURATION", "event times lie up to this much before their turn", "0s"});
  spec.flags.push_back({"--seed", "N", "the same seed gives the same stores, amounts and disorder", "1"});
  return {std::move(spec), Run};
}

}  // namespace millrace::app
