#include "bench/services.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "app/local/services.h"

namespace millrace::bench {

std::unique_ptr<Services> Services::Start() {
  auto services = std::unique_ptr<Services>(new Services());
  std::string folder = (std::filesystem::temp_directory_path() / "millrace-bench-XXXXXX").string();
  int pipes[2];
  if (mkdtemp(folder.data()) == nullptr || pipe(pipes) != 0) {
    std::perror("bench: temporary folder");
    std::exit(1);
  }
  services->folder_ = folder;
  services->process_ = fork();
  if (services->process_ == 0) {
    close(pipes[0]);
    app::ServicesOptions options;
    options.data_dir = folder;
    options.broker_ports = {0};
    options.registry_port = 0;
    auto running = app::Services::Start(options);
    if (!running.ok()) {
      std::fprintf(stderr, "bench: %s\n", running.error().ToString().c_str());
      _exit(1);
    }
    const std::string addresses = (*running)->bootstrap() + " " + (*running)->registry_url() + "\n";
    if (write(pipes[1], addresses.data(), addresses.size()) < 0) _exit(1);
    while (getppid() != 1) usleep(100'000);  // ended by a signal, or when the bench is gone
    _exit(0);
  }
  close(pipes[1]);
  char text[256] = {};
  if (read(pipes[0], text, sizeof(text) - 1) <= 0) std::exit(1);
  close(pipes[0]);
  const std::string addresses(text);
  const size_t blank = addresses.find(' ');
  services->bootstrap_ = addresses.substr(0, blank);
  services->registry_url_ = addresses.substr(blank + 1, addresses.find('\n') - blank - 1);
  return services;
}

Services::~Services() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  std::filesystem::remove_all(folder_);
}

}  // namespace millrace::bench
