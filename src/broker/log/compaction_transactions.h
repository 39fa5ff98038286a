#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/log/aborted_transaction.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {

// What compaction knows of transactions while it walks the batches of a log in order, from its start: which batches
// were aborted, and which markers still have batches before them. Rules: Kafka's CleanedTransactionMetadata.
class CompactionTransactions {
 public:
  // By first offset; lives longer than this.
  explicit CompactionTransactions(const std::vector<AbortedTransaction>& aborted) : aborted_(aborted) {}

  // True: the batch belongs to an aborted transaction.
  bool OnBatch(const kafka::BatchHeader& header);
  // True: no batch of the marker's transaction was met.
  bool OnMarker(const kafka::BatchHeader& header, std::string_view batch);

 private:
  void AdvanceTo(int64_t offset);

  struct Open {
    int64_t last_offset;  // of the marker
    bool met = false;     // a batch of it
  };
  const std::vector<AbortedTransaction>& aborted_;
  size_t next_ = 0;
  std::unordered_map<int64_t, Open> open_aborted_;  // by producer id
  std::unordered_set<int64_t> open_committed_;      // producers with batches met since their last marker
};

}  // namespace millrace::broker
