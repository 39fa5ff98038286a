#include <future>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "net/byte_budget.h"
#include "net/event_loop.h"
#include "net/frame_connection.h"

namespace millrace::net {
namespace {

// A loop on a thread of its own.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.Run(); }) {}
  ~LoopThread() {
    loop_.Stop();
    thread_.join();
  }
  EventLoop& loop() { return loop_; }

 private:
  EventLoop loop_;
  std::thread thread_;
};

// Returns once `task` has run on the loop.
void RunOn(EventLoop& loop, const std::function<void()>& task) {
  std::promise<void> done;
  loop.Post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

class Echo final : public FrameHandler {
 public:
  explicit Echo(std::shared_ptr<FrameConnection> connection) : connection_(std::move(connection)) {}
  void OnFrame(Frame frame) override { connection_->Send({Piece{frame.bytes(), frame.owner()}, OwnedPiece("!")}); }
  void OnClosed(const Error&) override { connection_ = nullptr; }

 private:
  std::shared_ptr<FrameConnection> connection_;
};

class Collect final : public FrameHandler {
 public:
  explicit Collect(size_t wanted) : wanted_(wanted) {}
  void OnFrame(Frame frame) override {
    frames.emplace_back(frame.bytes());
    if (frames.size() == wanted_) all_.set_value();
  }
  void OnClosed(const Error& reason) override { closed_.set_value(reason.message); }
  void WaitForAll() { all_.get_future().wait(); }
  std::string WaitForClose() { return closed_.get_future().get(); }
  std::vector<std::string> frames;

 private:
  const size_t wanted_;
  std::promise<void> all_;
  std::promise<std::string> closed_;
};

// Ends before the loops it works on. A connection and its Echo hold each other until it is closed.
class EchoServer {
 public:
  explicit EchoServer(std::vector<EventLoop*> loops, FrameLimits limits = {}) : loops_(std::move(loops)) {
    auto listener = Listener::Listen("127.0.0.1", 0, loops_, std::move(limits),
                                     [this](std::shared_ptr<FrameConnection> connection) {
                                       connection->Start(std::make_shared<Echo>(connection));
                                       const std::lock_guard lock(mutex_);
                                       connections_.push_back(std::move(connection));
                                     });
    EXPECT_TRUE(listener.ok());
    listener_ = std::move(listener).value();
  }
  ~EchoServer() {
    RunOn(*loops_.front(), [this] { listener_->Close(); });
    for (const auto& connection : connections_) {
      RunOn(connection->loop(), [&] { connection->Close(UserError("done")); });
      RunOn(connection->loop(), [] {});  // behind what closing posted
    }
  }
  uint16_t port() const { return listener_->port(); }

 private:
  std::vector<EventLoop*> loops_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<FrameConnection>> connections_;  // under mutex_ while the listener is open
  std::unique_ptr<Listener> listener_;
};

std::shared_ptr<FrameConnection> ConnectTo(EventLoop& loop, uint16_t port) {
  std::promise<std::shared_ptr<FrameConnection>> promise;
  Connect(loop, "127.0.0.1", port, 5000, {},
          [&](Result<std::shared_ptr<FrameConnection>> result) { promise.set_value(result.ok() ? *result : nullptr); });
  return promise.get_future().get();
}

TEST(Frames, AreEchoedInOrderWhateverTheirSize) {
  LoopThread a, b;
  const EchoServer server({&a.loop(), &b.loop()});
  std::vector<std::string> sent;
  for (const size_t size : {0, 1, 3, 4, 5, 16 * 1024 - 4, 16 * 1024, 1 << 20, (1 << 20) + 1, 5'000'000, 7}) {
    sent.emplace_back(size, static_cast<char>('a' + sent.size()));
  }
  for (int client = 0; client < 2; ++client) {  // one on each loop
    const auto connection = ConnectTo(a.loop(), server.port());
    ASSERT_NE(connection, nullptr);
    const auto collect = std::make_shared<Collect>(sent.size());
    a.loop().Post([&] {
      connection->Start(collect);
      for (const std::string& text : sent) connection->Send({OwnedPiece(text)});
    });
    collect->WaitForAll();
    ASSERT_EQ(collect->frames.size(), sent.size());
    for (size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(collect->frames[i], sent[i] + "!") << i;
    a.loop().Post([&] { connection->Close(UserError("done")); });
    EXPECT_EQ(collect->WaitForClose(), "done");
  }
}

TEST(Frames, ATooLongFrameClosesTheConnection) {
  LoopThread a;
  const EchoServer server({&a.loop()}, FrameLimits{.max_frame_bytes = 1000, .budget = nullptr});
  const auto connection = ConnectTo(a.loop(), server.port());
  const auto collect = std::make_shared<Collect>(2);
  a.loop().Post([&] {
    connection->Start(collect);
    connection->Send({OwnedPiece(std::string(1000, 'x'))});
    connection->Send({OwnedPiece(std::string(1001, 'x'))});
  });
  EXPECT_FALSE(collect->WaitForClose().empty());
  EXPECT_EQ(collect->frames.size(), 1u);
}

TEST(Frames, BudgetHoldsBackTheReaderUntilFramesAreGone) {
  LoopThread a;
  const auto budget = std::make_shared<ByteBudget>(1000);
  const EchoServer server({&a.loop()}, FrameLimits{.max_frame_bytes = 1 << 20, .budget = budget});
  const auto connection = ConnectTo(a.loop(), server.port());
  const auto collect = std::make_shared<Collect>(200);
  a.loop().Post([&] {
    connection->Start(collect);
    for (int i = 0; i < 200; ++i) connection->Send({OwnedPiece(std::string(static_cast<size_t>(100 * (i % 20)), 'x'))});
  });
  collect->WaitForAll();
}

TEST(Frames, BudgetMayBeGivenBackAfterTheLoopOfAWaiter) {
  const auto budget = std::make_shared<ByteBudget>(10);
  ASSERT_TRUE(budget->TryTake(10, [] {}));
  LoopThread client;
  {
    LoopThread a;
    std::promise<std::shared_ptr<FrameConnection>> accepted;
    const auto listener =
        Listener::Listen("127.0.0.1", 0, {&a.loop()}, FrameLimits{.max_frame_bytes = 100, .budget = budget},
                         [&](std::shared_ptr<FrameConnection> connection) { accepted.set_value(connection); });
    ASSERT_TRUE(listener.ok());
    const auto connection = ConnectTo(client.loop(), (*listener)->port());
    RunOn(client.loop(), [&] { connection->Send({OwnedPiece("held back")}); });
    const auto server = accepted.get_future().get();
    RunOn(a.loop(), [&] {
      server->Start(std::make_shared<Collect>(1));
      (*listener)->Close();
    });
    RunOn(a.loop(), [] {});  // the frame is here: the read was answered at once
    RunOn(client.loop(), [&] { connection->Close(UserError("done")); });
  }
  budget->Release(10);
  EXPECT_EQ(budget->used(), 0u);
}

TEST(Listener, SaysWhichAddressIsTaken) {
  LoopThread a;
  const EchoServer server({&a.loop()});
  const auto second = Listener::Listen("127.0.0.1", server.port(), {&a.loop()}, {}, [](auto) {});
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find(std::to_string(server.port()) + ": Address already in use"), std::string::npos);
  EXPECT_EQ(second.error().hint, "Choose a free port or stop the process that uses it.");
}

TEST(Listener, AnUnknownHostIsNoMatterOfPorts) {
  EventLoop loop;
  const auto listener = Listener::Listen("nowhere.invalid", 0, {&loop}, {}, [](const auto&) {});
  ASSERT_FALSE(listener.ok());
  EXPECT_EQ(listener.error().hint, "Name an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all it has.");
}

TEST(Connect, ReportsARefusal) {
  LoopThread a;
  uint16_t port = 0;
  {
    const EchoServer server({&a.loop()});
    port = server.port();
  }
  EXPECT_EQ(ConnectTo(a.loop(), port), nullptr);
}

TEST(EventLoop, TasksRunInTheOrderOfTheCallsWhoeverMadeThem) {
  LoopThread a;
  std::string order;
  std::promise<void> posted;
  std::promise<void> others_posted;
  a.loop().Post([&] {
    a.loop().Post([&] { order += "first "; });
    posted.set_value();
    others_posted.get_future().wait();
  });
  posted.get_future().wait();
  a.loop().Post([&] { order += "second"; });
  others_posted.set_value();
  RunOn(a.loop(), [] {});
  EXPECT_EQ(order, "first second");
}

TEST(Timers, RunInOrderAndCanBeCancelled) {
  LoopThread a;
  std::promise<std::string> promise;
  std::string order;
  std::unique_ptr<Timer> first, second, cancelled;
  a.loop().Post([&] {
    first = std::make_unique<Timer>(a.loop());
    second = std::make_unique<Timer>(a.loop());
    cancelled = std::make_unique<Timer>(a.loop());
    second->After(2, [&] { promise.set_value(order + "second"); });
    first->After(1000, [&] { order += "never "; });
    first->After(1, [&] { order += "first "; });
    cancelled->After(1, [&] { order += "cancelled "; });
    cancelled->Cancel();
  });
  EXPECT_EQ(promise.get_future().get(), "first second");
  RunOn(a.loop(), [&] {
    first.reset();
    second.reset();
    cancelled.reset();
  });
}

TEST(Timers, ATaskGoesWithItsLoop) {
  const auto token = std::make_shared<int>();
  {
    LoopThread a;
    RunOn(a.loop(), [&] {
      const auto timer = std::make_shared<Timer>(a.loop());
      timer->After(60'000, [timer, token] {});
    });
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(ByteBudget, WakesWaitersAndLetsALoneGiantPass) {
  ByteBudget budget(10);
  int woken = 0;
  EXPECT_TRUE(budget.TryTake(100, [] {}));
  EXPECT_FALSE(budget.TryTake(1, [&] { ++woken; }));
  budget.Release(100);
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(budget.TryTake(4, [] {}));
  EXPECT_TRUE(budget.TryTake(6, [] {}));
  EXPECT_FALSE(budget.TryTake(1, [] {}));
  EXPECT_EQ(budget.used(), 10u);
}

}  // namespace
}  // namespace millrace::net
