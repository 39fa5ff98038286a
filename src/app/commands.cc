#include "app/commands.h"

namespace millrace::app {

std::vector<Command> AllCommands() {
  return {LocalCommand(),  SqlCommand(),      ConsumeCommand(),   TopicsCommand(), ProduceSalesCommand(),
          BrokerCommand(), RegistryCommand(), SavepointCommand(), TestCommand()};
}

}  // namespace millrace::app
