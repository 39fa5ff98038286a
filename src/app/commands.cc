#include "app/commands.h"

namespace millrace::app {

std::vector<Command> AllCommands() {
  return {LocalCommand(),     SqlCommand(),     JobsCommand(),   StopCommand(),         CancelCommand(),
          SavepointCommand(), ConsumeCommand(), TopicsCommand(), ProduceSalesCommand(), BrokerCommand(),
          RegistryCommand(),  ConsoleCommand(), TestCommand(),   ReferenceCommand(),    CheckCommand()};
}

}  // namespace millrace::app
