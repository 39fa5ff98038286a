#include "broker/server.h"

#include <atomic>
#include <future>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_set>

#include <fmt/format.h>

#include "base/log.h"
#include "base/strings.h"
#include "broker/broker_settings.h"
#include "broker/client_connection.h"
#include "broker/context.h"
#include "broker/groups/coordinator.h"
#include "broker/log_partitions.h"
#include "broker/transactions/coordinator.h"
#include "net/byte_budget.h"
#include "net/event_loop.h"

namespace millrace::broker {
namespace {

constexpr int64_t kIdleCheckMillis = 10'000;

std::string NewUuid() {
  std::random_device device;
  std::string raw;
  for (int i = 0; i < 16; ++i) raw.push_back(static_cast<char>(device()));
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);  // version 4
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  const std::string hex = HexEncode(raw);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

// An event loop on a thread of its own.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop.Run(); }) {}
  ~LoopThread() { Join(); }
  void Join() {
    loop.Stop();
    if (thread_.joinable()) thread_.join();
  }
  // Runs `task` on the loop and waits for it.
  void RunAndWait(std::function<void()> task) {
    std::promise<void> done;
    loop.Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  net::EventLoop loop;

 private:
  std::thread thread_;
};

class BrokerServer final : public Broker {
 public:
  BrokerServer(BrokerOptions options, std::unique_ptr<Storage> storage)
      : options_(std::move(options)),
        storage_(std::move(storage)),
        groups_(*options_.clock, options_.groups, *storage_, NewUuid),
        partitions_(*storage_, options_.flush_always,
                    [this](std::function<void()> task) {
                      control_.loop.Post([this, task = std::move(task)] {
                        task();
                        ArmDeadlineTimer();
                      });
                    }),
        transactions_(*options_.clock, ResolveTransactionSettings(options_), *storage_, partitions_,
                      [this](const std::string& group) { groups_.OnOffsetsCommitted(group); }),
        context_{.options = options_,
                 .clock = *options_.clock,
                 .store = *storage_,
                 .groups = groups_,
                 .transactions = transactions_,
                 .control = control_.loop,
                 .listeners = bound_,
                 .deadlines_changed = [this] { ArmDeadlineTimer(); }} {
    for (int i = 0; i < std::max(options_.io_threads, 1); ++i) io_.push_back(std::make_unique<IoThread>());
  }
  ~BrokerServer() override { Stop(); }

  Status Listen() {
    control_.RunAndWait([this] { transactions_.Start(); });
    net::FrameLimits limits;
    limits.max_frame_bytes = options_.max_request_bytes;
    limits.budget = std::make_shared<net::ByteBudget>(options_.in_flight_bytes);
    std::vector<net::EventLoop*> loops;
    for (const auto& io : io_) loops.push_back(&io->thread.loop);
    bound_.resize(options_.listeners.size());  // connections refer to its elements
    for (size_t i = 0; i < options_.listeners.size(); ++i) {
      const ListenerOptions& wanted = options_.listeners[i];
      MR_ASSIGN(auto listener, net::Listener::Listen(wanted.host, wanted.port, loops, limits,
                                                     [this, i](std::shared_ptr<net::FrameConnection> connection) {
                                                       Accept(bound_[i], std::move(connection));
                                                     }));
      bound_[i] = {wanted.host, listener->port(), AdvertisedHost(wanted),
                   wanted.advertised_port != 0 ? wanted.advertised_port : listener->port()};
      listeners_.push_back(std::move(listener));
    }
    for (const auto& io : io_) io->thread.RunAndWait([this, &io] { StartIdleCheck(*io); });
    control_.RunAndWait([this] {
      deadline_timer_ = std::make_unique<net::Timer>(control_.loop);
      ArmDeadlineTimer();
    });
    return Ok();
  }

  const std::vector<BoundListener>& listeners() const override { return bound_; }
  Storage& storage() override { return *storage_; }

  void Stop() override {
    if (stopped_.exchange(true)) return;
    if (!listeners_.empty()) {
      io_.front()->thread.RunAndWait([this] {
        for (const auto& listener : listeners_) listener->Close();
      });
    }
    for (const auto& io : io_) {
      io->thread.RunAndWait([&io] {
        io->idle_check.reset();
        for (const auto& client : io->clients) client->Close(UserError("The broker stops."));
      });
    }
    // What closing posted has run once a later task has: connections and their handlers hold each other until then.
    for (const auto& io : io_) io->thread.RunAndWait([] {});
    control_.RunAndWait([this] { deadline_timer_.reset(); });
    // Answers that are under way cross between the threads: the control thread goes first.
    control_.Join();
    for (const auto& io : io_) io->thread.Join();
    if (const Status status = storage_->Close(); !status.ok()) {
      Log(LogLevel::kError, "broker", "cannot close the data folder: {}", status.error().ToString());
    }
  }

 private:
  struct IoThread {
    LoopThread thread;
    std::unique_ptr<net::Timer> idle_check;
    std::unordered_set<std::shared_ptr<ClientConnection>> clients;  // on the loop's thread
  };

  static std::string AdvertisedHost(const ListenerOptions& listener) {
    if (!listener.advertised_host.empty()) return listener.advertised_host;
    return listener.host == "0.0.0.0" || listener.host == "::" || listener.host.empty() ? "localhost" : listener.host;
  }

  IoThread& ThreadOf(net::FrameConnection& connection) {
    for (const auto& io : io_) {
      if (&io->thread.loop == &connection.loop()) return *io;
    }
    return *io_.front();
  }

  // On the connection's loop.
  void Accept(const BoundListener& listener, std::shared_ptr<net::FrameConnection> connection) {
    if (stopped_) return;
    if (num_clients_ >= static_cast<int64_t>(options_.max_connections)) {
      Log(LogLevel::kWarn, "broker", "refusing {}: {} connections are open", connection->peer_host(),
          options_.max_connections);
      return connection->Close(UserError("too many connections"));
    }
    ++num_clients_;
    IoThread& io = ThreadOf(*connection);
    auto client = std::make_shared<ClientConnection>(context_, listener, std::move(connection));
    client->set_on_closed([this, &io, weak = std::weak_ptr(client)] {
      --num_clients_;
      io.clients.erase(weak.lock());
    });
    io.clients.insert(client);
    client->Start();
  }

  void StartIdleCheck(IoThread& io) {
    if (io.idle_check == nullptr) io.idle_check = std::make_unique<net::Timer>(io.thread.loop);
    io.idle_check->After(kIdleCheckMillis, [this, &io] {
      const int64_t limit = context_.NowMillis() - options_.max_idle_ms;
      for (const auto& client : io.clients) {
        if (!client->busy() && client->last_activity_ms() < limit)
          client->Close(UserError("The connection was idle for too long."));
      }
      StartIdleCheck(io);
    });
  }

  // Control thread: wakes the coordinators when their next deadline comes.
  void ArmDeadlineTimer() {
    if (deadline_timer_ == nullptr) return;
    const int64_t deadline = std::min(groups_.NextDeadline(), transactions_.NextDeadline());
    if (deadline_timer_->armed() && deadline == deadline_) return;
    deadline_ = deadline;
    deadline_timer_->After(std::max<int64_t>(deadline - context_.NowMillis(), 0), [this] {
      groups_.Tick();
      transactions_.Tick();
      ArmDeadlineTimer();
    });
  }

  BrokerOptions options_;
  std::unique_ptr<Storage> storage_;
  std::vector<BoundListener> bound_;
  // The order matters for the end: what still holds a connection (waiting groups, queued tasks) goes before its loop.
  std::vector<std::unique_ptr<IoThread>> io_;
  LoopThread control_;
  GroupCoordinator groups_;              // control thread
  LogPartitions partitions_;             // control thread
  TransactionCoordinator transactions_;  // control thread
  BrokerContext context_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::unique_ptr<net::Timer> deadline_timer_;
  int64_t deadline_ = 0;
  std::atomic<int64_t> num_clients_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Broker>> ServeStorage(BrokerOptions options, std::unique_ptr<Storage> storage) {
  auto server = std::make_unique<BrokerServer>(std::move(options), std::move(storage));
  MR_TRY(server->Listen());
  return std::unique_ptr<Broker>(std::move(server));
}

}  // namespace millrace::broker
