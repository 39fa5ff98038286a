#pragma once

#include <string>
#include <string_view>

namespace millrace::sql {

// A script or statement to be shown: values of secret options and settings (`base/secrets.h`), in WITH, SET and hints,
// are ******, as is the user-info of URLs. Everything else and the lines stay as they are. Takes any text.
std::string HideSecrets(std::string_view script);

}  // namespace millrace::sql
