#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

namespace millrace::bench {

// Embedded broker and registry in a process of their own, so that their CPU time does not count.
class Services {
 public:
  // Call before this process has started threads. Ends the program when the services cannot start.
  static std::unique_ptr<Services> Start();
  ~Services();  // ends them and removes their data

  const std::string& bootstrap() const { return bootstrap_; }
  const std::string& registry_url() const { return registry_url_; }

 private:
  Services() = default;
  pid_t process_ = 0;
  std::string folder_;
  std::string bootstrap_;
  std::string registry_url_;
};

}  // namespace millrace::bench
