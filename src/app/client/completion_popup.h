#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/client/executor.h"

namespace millrace::app::client {

// The list of completions under the cursor, without any terminal.
class CompletionPopup {
 public:
  explicit CompletionPopup(Completion completion) : completion_(std::move(completion)) {}

  void Move(int steps);  // wraps round
  const Candidate& selected() const { return completion_.candidates[selected_]; }
  size_t begin() const { return completion_.begin; }
  // Keeps the candidates that begin with what is typed by now; false: none is left.
  bool Narrow(std::string_view typed);
  // What all candidates begin with.
  std::string CommonPrefix() const;
  size_t size() const { return completion_.candidates.size(); }

  // At most `max_rows` lines of at most `columns`, the selected one among them; `indent` is where the word begins.
  std::vector<std::string> Lines(size_t max_rows, size_t columns, size_t indent) const;

 private:
  Completion completion_;
  size_t selected_ = 0;
};

}  // namespace millrace::app::client
