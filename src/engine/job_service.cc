#include "engine/job_service.h"

#include <fmt/format.h>

namespace millrace::engine {

Error JobNotFound(std::string_view id) {
  return UserError(fmt::format("Job {} is not known here.", id)).WithCode("JOB_NOT_FOUND");
}

Error JobEnded(std::string_view id, std::string_view state) {
  return UserError(fmt::format("Job {} has ended: {}.", id, state)).WithCode("JOB_ENDED");
}

Error TaskManagerNotFound(std::string_view id) {
  return UserError(fmt::format("Task manager {} is not known here.", id)).WithCode("TASK_MANAGER_NOT_FOUND");
}

}  // namespace millrace::engine
