#pragma once

#include "app/command.h"

namespace millrace::app {

// One function per *_command.cc; commands.cc holds the list.
Command BrokerCommand();
Command CancelCommand();
Command ConsumeCommand();
Command JobsCommand();
Command LocalCommand();
Command ProduceSalesCommand();
Command RegistryCommand();
Command SavepointCommand();
Command SqlCommand();
Command StopCommand();
Command TestCommand();
Command TopicsCommand();

}  // namespace millrace::app
