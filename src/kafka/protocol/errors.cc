#include "kafka/protocol/errors.h"

namespace millrace::kafka {
namespace {

struct Row {
  int16_t number;
  bool retriable;
  std::string_view name;
  std::string_view text;
};

constexpr Row kRows[] = {
#define MR_KAFKA_ERROR(number, name, constant, retriable, text) {number, retriable, name, text},
#include "kafka/protocol/errors.inc"
#undef MR_KAFKA_ERROR
};

const Row* Find(int16_t code) {
  for (const Row& row : kRows) {
    if (row.number == code) return &row;
  }
  return nullptr;
}

}  // namespace

std::string_view ErrorName(int16_t code) {
  const Row* row = Find(code);
  return row != nullptr ? row->name : "UNKNOWN_ERROR_CODE";
}

std::string_view ErrorText(int16_t code) {
  const Row* row = Find(code);
  return row != nullptr ? row->text : "An error code this version does not know.";
}

bool IsRetriable(int16_t code) {
  const Row* row = Find(code);
  return row != nullptr && row->retriable;
}

}  // namespace millrace::kafka
