#pragma once

#include "app/command.h"

namespace millrace::app {

// One function per *_command.cc; commands.cc holds the list.
Command BrokerCommand();
Command CancelCommand();
Command CheckCommand();
Command ConsumeCommand();
Command JobsCommand();
Command LocalCommand();
Command ProduceSalesCommand();
Command ReferenceCommand();
Command RegistryCommand();
Command ConsoleCommand();
Command SavepointCommand();
Command SqlCommand();
Command StopCommand();
Command TestCommand();
Command TopicsCommand();

}  // namespace millrace::app
