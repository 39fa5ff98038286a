#include "app/client/result_view.h"

#include <ctime>

#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "app/client/result_screen.h"
#include "app/command.h"
#include "base/clock.h"

namespace millrace::app::client {
namespace {

constexpr size_t kMaxPendingRows = 400'000;
constexpr int64_t kNextMillis = 100;
constexpr int64_t kFirstRowsMillis = 50;  // how often an empty view looks

struct Interval {
  int64_t millis;  // -1: only when asked
  std::string_view name;
};
constexpr Interval kIntervals[] = {{100, "100 ms"}, {250, "250 ms"},  {500, "500 ms"}, {1'000, "1 s"},
                                   {5'000, "5 s"},  {10'000, "10 s"}, {-1, "manual"}};
constexpr size_t kDefaultInterval = 2;

int64_t NowMillis() { return SystemClock().MonotonicNanos() / 1'000'000; }

// "12:00:01.234", local time.
std::string TimeOfDay() {
  const int64_t millis = SystemClock().WallMillis();
  const std::time_t seconds = millis / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", local.tm_hour, local.tm_min, local.tm_sec, millis % 1000);
}

// Reads the stream on a thread of its own, so that keys are answered whatever the other side does.
class StreamReader {
 public:
  explicit StreamReader(ResultStream& stream) : stream_(stream), thread_([this] { Run(); }) {}
  ~StreamReader() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    stream_.Cancel();
    thread_.join();
  }

  struct State {
    std::vector<ResultRow> rows;  // since the last call
    bool ended = false;
    std::optional<Error> error;
  };
  State Take() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    return {.rows = std::exchange(pending_, {}), .ended = ended_, .error = error_};
  }

 private:
  void Run() {
    while (true) {
      std::vector<ResultRow> rows;
      auto more = stream_.Next(kNextMillis, &rows);
      std::unique_lock lock(mutex_);
      std::move(rows.begin(), rows.end(), std::back_inserter(pending_));
      if (!more.ok()) error_ = more.error();
      ended_ = !more.ok() || !*more;
      changed_.wait(lock, [&] { return stop_ || pending_.size() < kMaxPendingRows; });
      if (ended_ || stop_) return;
    }
  }

  ResultStream& stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ResultRow> pending_;
  bool ended_ = false;
  bool stop_ = false;
  std::optional<Error> error_;
  std::thread thread_;  // last: it uses the others
};

// Writes only the lines that have changed.
class Painter {
 public:
  void Paint(std::vector<std::string> lines) {
    std::string out;
    for (size_t i = 0; i < lines.size(); ++i) {
      if (i < shown_.size() && shown_[i] == lines[i]) continue;
      out += fmt::format("\x1b[{};1H{}\x1b[K", i + 1, lines[i]);
    }
    if (!out.empty()) WriteTerminal(out);
    shown_ = std::move(lines);
  }
  void Forget() {
    shown_.clear();
    WriteTerminal("\x1b[2J");
  }

 private:
  std::vector<std::string> shown_;
};

class ResultView {
 public:
  ResultView(const Schema& schema, ResultStream& stream, const ViewOptions& options)
      : model_(schema, options.mode, options.max_rows), screen_(&model_, options.max_column_width), reader_(stream) {}

  Result<bool> Run() {
    while (true) {
      if (NowMillis() >= next_refresh_) Refresh();
      if (error_) return *error_;
      if (dirty_) Paint();
      const auto key = keys_.Read(std::clamp<int64_t>(next_refresh_ - NowMillis(), 0, kFirstRowsMillis * 20));
      if (StopRequested()) return ended_;
      if (key && OnKey(*key)) return ended_;
    }
  }

 private:
  // True: leave.
  bool OnKey(const Key& key) {
    dirty_ = true;
    if (key.kind == Key::Kind::kResize) painter_.Forget();
    switch (screen_.OnKey(key)) {
      case ResultScreen::Action::kQuit: return true;
      case ResultScreen::Action::kRefresh: Refresh(); break;
      case ResultScreen::Action::kFaster: interval_ -= interval_ > 0 ? 1 : 0; break;
      case ResultScreen::Action::kSlower: interval_ += interval_ + 1 < std::size(kIntervals) ? 1 : 0; break;
      case ResultScreen::Action::kNone: break;
    }
    Schedule();
    return false;
  }

  void Refresh() {
    StreamReader::State state = reader_.Take();
    error_ = std::move(state.error);
    dirty_ |= !state.rows.empty() || ended_ != state.ended;
    ended_ = state.ended;
    if (!state.rows.empty() || updated_.empty()) updated_ = TimeOfDay();
    const int64_t begin = NowMillis();
    model_.Apply(std::move(state.rows));
    last_ = NowMillis();
    cost_ = last_ - begin;
    Schedule();
  }

  // A large result is not drawn all the time.
  void Schedule() {
    int64_t wait = kIntervals[interval_].millis;
    if (model_.num_rows() == 0) wait = kFirstRowsMillis;
    next_refresh_ = wait < 0 ? INT64_MAX : last_ + std::max(wait, cost_ * 5);
  }

  void Paint() {
    const int64_t begin = NowMillis();
    painter_.Paint(screen_.Render({.state = ended_ ? "FINISHED" : "RUNNING",
                                   .refresh = std::string(kIntervals[interval_].name),
                                   .updated = updated_},
                                  SizeOfTerminal()));
    cost_ += NowMillis() - begin;
    dirty_ = false;
    Schedule();
  }

  ResultModel model_;
  ResultScreen screen_;
  Painter painter_;
  KeyReader keys_;
  size_t interval_ = kDefaultInterval;
  int64_t last_ = 0;  // refresh, by the monotonic clock in millis, as next_refresh_
  int64_t next_refresh_ = 0;
  int64_t cost_ = 0;  // of the last refresh with its picture
  bool dirty_ = true;
  bool ended_ = false;
  std::string updated_;
  std::optional<Error> error_;
  StreamReader reader_;
};

}  // namespace

Result<bool> ShowResult(const Schema& schema, ResultStream& stream, const ViewOptions& options) {
  const TerminalMode mode(TerminalMode::Screen::kFull);
  return ResultView(schema, stream, options).Run();
}

}  // namespace millrace::app::client
