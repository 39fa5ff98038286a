#include "app/commands.h"

namespace millrace::app {

std::vector<Command> AllCommands() {
  return {LocalCommand(),  JobManagerCommand(),   TaskManagerCommand(), ConsoleCommand(),   SqlCommand(),
          JobsCommand(),   StopCommand(),         CancelCommand(),      SavepointCommand(), ConsumeCommand(),
          TopicsCommand(), ProduceSalesCommand(), BrokerCommand(),      RegistryCommand(),  CheckCommand(),
          TestCommand(),   ReferenceCommand()};
}

}  // namespace millrace::app
