#include "broker/transactions/transaction.h"

namespace millrace::broker {
namespace {

constexpr std::string_view kNames[] = {"Empty",        "Ongoing",        "PrepareCommit",
                                       "PrepareAbort", "CompleteCommit", "CompleteAbort"};

}  // namespace

std::string_view TransactionStateName(TransactionState state) { return kNames[static_cast<size_t>(state)]; }

std::optional<TransactionState> ParseTransactionState(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<TransactionState>(i);
  }
  return std::nullopt;
}

}  // namespace millrace::broker
