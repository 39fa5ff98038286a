#include "kafka/protocol/api_table.h"

namespace millrace::kafka {

const ApiInfo* FindApi(int16_t key) {
  for (const ApiInfo& api : AllApis()) {
    if (api.key == key) return &api;
  }
  return nullptr;
}

}  // namespace millrace::kafka
