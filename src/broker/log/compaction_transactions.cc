#include "broker/log/compaction_transactions.h"

#include "broker/log/transaction_marker.h"

namespace millrace::broker {

void CompactionTransactions::AdvanceTo(int64_t offset) {
  for (; next_ < aborted_.size() && aborted_[next_].first_offset <= offset; ++next_) {
    open_aborted_[aborted_[next_].producer_id] = {.last_offset = aborted_[next_].last_offset};
  }
}

bool CompactionTransactions::OnBatch(const kafka::BatchHeader& header) {
  AdvanceTo(header.last_offset());
  if (!header.transactional()) return false;
  const auto open = open_aborted_.find(header.producer_id);
  if (open != open_aborted_.end() && header.base_offset < open->second.last_offset) {
    open->second.met = true;
    return true;
  }
  open_committed_.insert(header.producer_id);
  return false;
}

bool CompactionTransactions::OnMarker(const kafka::BatchHeader& header, std::string_view batch) {
  AdvanceTo(header.last_offset());
  const auto marker = DecodeMarker(header, batch);
  if (!marker.has_value()) return false;
  if (marker->committed) return open_committed_.erase(header.producer_id) == 0;
  const auto open = open_aborted_.find(header.producer_id);
  const bool met = open != open_aborted_.end() && open->second.met;
  if (open != open_aborted_.end() && open->second.last_offset <= header.last_offset()) open_aborted_.erase(open);
  // Without its entry in the index, as after an earlier compaction, the transaction may still have a bare header left.
  return open_committed_.erase(header.producer_id) == 0 && !met;
}

}  // namespace millrace::broker
