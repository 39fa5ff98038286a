// Lexer, parser and printer on any bytes: what parses is printed, and the print parses to the same print again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "sql/parser.h"
#include "sql/printer.h"
#include "sql/script.h"

using namespace millrace;  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string script(reinterpret_cast<const char*>(data), size);
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    const auto statement = sql::ParseStatement(piece.text, piece.position);
    if (!statement.ok()) continue;
    const std::string printed = sql::Print(*statement);
    const auto again = sql::ParseStatement(printed);
    if (!again.ok() || sql::Print(*again) != printed) {
      std::fprintf(stderr, "%s\nprints as\n%s\nwhich %s\n", piece.text.c_str(), printed.c_str(),
                   again.ok() ? sql::Print(*again).c_str() : again.error().ToString().c_str());
      std::abort();
    }
  }
  return 0;
}
