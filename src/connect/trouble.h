#pragma once

#include <cstdint>
#include <string>

namespace millrace::connect {

// That the other side does not answer, and since when.
struct Trouble {
  std::string text;          // "" = all is well
  int64_t since_millis = 0;  // epoch
};

}  // namespace millrace::connect
