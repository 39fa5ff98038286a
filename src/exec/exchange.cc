#include "exec/exchange.h"

#include "data/hash.h"

namespace millrace::exec {

ExchangeChannels::ExchangeChannels(uint32_t parallelism, size_t capacity) : parallelism_(parallelism) {
  for (uint32_t i = 0; i < parallelism * parallelism; ++i)
    rings_.push_back(std::make_unique<SpscQueue<Event>>(capacity));
}

ExchangeSender::ExchangeSender(const plan::PhysicalNode& node, uint32_t slot, ExchangeChannels* channels,
                               OperatorMetrics* metrics)
    : node_(node),
      slot_(slot),
      channels_(channels),
      metrics_(metrics),
      waiting_(channels->parallelism()),
      rows_(channels->parallelism()) {}

Status ExchangeSender::Emit(Event event) {
  if (event.kind != Event::Kind::kBatch) {
    for (uint32_t to = 0; to < channels_->parallelism(); ++to) Push(to, Event{event.kind, event.number, {}});
    return Ok();
  }
  metrics_->bytes_out.Add(estimate_.Of(event.batch));
  if (node_.exchange.kind == plan::Exchange::Kind::kHash) return EmitByKey(event.batch);
  const bool single = node_.exchange.kind == plan::Exchange::Kind::kSingle;
  Push(single ? 0 : slot_, std::move(event));
  return Ok();
}

Status ExchangeSender::EmitByKey(const Batch& batch) {
  hashes_.resize(batch.num_rows);
  HashRows(batch, node_.exchange.keys, hashes_.data());
  for (auto& rows : rows_) rows.clear();
  for (uint32_t row = 0; row < batch.num_rows; ++row) {
    const uint32_t group = KeyGroupOf(hashes_[row], kDefaultKeyGroups);
    rows_[SlotOfKeyGroup(group, kDefaultKeyGroups, channels_->parallelism())].push_back(row);
  }
  for (uint32_t to = 0; to < rows_.size(); ++to) {
    if (rows_[to].empty()) continue;
    Push(to, Event::Of(rows_[to].size() == batch.num_rows ? batch : batch.Gather(rows_[to])));
  }
  return Ok();
}

void ExchangeSender::Push(uint32_t to, Event event) {
  if (waiting_[to].empty() && channels_->ring(slot_, to).TryPush(event)) return;
  waiting_[to].push_back(std::move(event));
  ++num_waiting_;
}

bool ExchangeSender::Drain() {
  bool moved = false;
  for (uint32_t to = 0; to < waiting_.size(); ++to) {
    while (!waiting_[to].empty() && channels_->ring(slot_, to).TryPush(waiting_[to].front())) {
      waiting_[to].pop_front();
      --num_waiting_;
      moved = true;
    }
  }
  return moved;
}

}  // namespace millrace::exec
