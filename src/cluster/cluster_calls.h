#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"
#include "http/client.h"

namespace millrace::cluster {

// Calls between job manager and task managers. An answer of 400 or more is the error it carries.
Result<codec::Json> Call(http::Client& client, std::string_view method, const std::string& url,
                         const codec::Json& body = {});
Result<std::string> CallText(http::Client& client, const std::string& url);  // GET, the body as it is

}  // namespace millrace::cluster
