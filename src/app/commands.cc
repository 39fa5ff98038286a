#include "app/commands.h"

namespace millrace::app {

std::vector<Command> AllCommands() {
  return {LocalCommand(),    JobManagerCommand(), TaskManagerCommand(),  SqlCommand(),
          JobsCommand(),     StopCommand(),       CancelCommand(),       SavepointCommand(),
          ConsumeCommand(),  TopicsCommand(),     ProduceSalesCommand(), BrokerCommand(),
          RegistryCommand(), ConsoleCommand(), TestCommand(),       ReferenceCommand(),    CheckCommand()};
}

}  // namespace millrace::app
