#pragma once

#include <memory>
#include <utility>

#include "broker/context.h"
#include "broker/request.h"
#include "kafka/protocol/message_codec.h"
#include "net/event_loop.h"

// How typed handler functions become entries of the handler table. A request that cannot be decoded closes the
// connection: what follows it on the stream means nothing any more.
namespace millrace::broker {

template <typename Function>
struct HandlerTraits;
template <typename Response, typename Message>
struct HandlerTraits<Response (*)(BrokerContext&, const Request&, const Message&)> {
  using MessageType = Message;
};
template <typename Message>
struct HandlerTraits<void (*)(BrokerContext&, Request, Message, const Responder&)> {
  using MessageType = Message;
};

template <auto kFunction>
using MessageOf = typename HandlerTraits<decltype(kFunction)>::MessageType;

template <typename Message>
bool DecodeOrClose(const Request& request, const Responder& responder, Message* message) {
  Result<Message> decoded = kafka::DecodeMessage<Message>(request.body, request.version());
  if (!decoded.ok()) {
    responder.CloseConnection(std::move(decoded).error().InContext("Malformed request"));
    return false;
  }
  *message = std::move(decoded).value();
  return true;
}

// Response F(BrokerContext&, const Request&, const Message&), on the IO thread.
template <auto kFunction>
void Direct(BrokerContext& broker, Request request, const Responder& responder) {
  MessageOf<kFunction> message;
  if (DecodeOrClose(request, responder, &message)) responder.Send(kFunction(broker, request, message));
}

// The same signature, on the control thread: for groups, and for changes of the metadata, which wait for the disk.
template <auto kFunction>
void OnControl(BrokerContext& broker, Request request, const Responder& responder) {
  auto message = std::make_shared<MessageOf<kFunction>>();
  if (!DecodeOrClose(request, responder, message.get())) return;
  broker.control.Post([&broker, request = std::move(request), message, responder] {
    responder.Send(kFunction(broker, request, *message));
  });
}

// void F(BrokerContext&, Request, Message, const Responder&), on the IO thread, answers when it likes.
template <auto kFunction>
void Waiting(BrokerContext& broker, Request request, const Responder& responder) {
  MessageOf<kFunction> message;
  if (DecodeOrClose(request, responder, &message)) kFunction(broker, std::move(request), std::move(message), responder);
}

// The same, on the control thread.
template <auto kFunction>
void WaitingOnControl(BrokerContext& broker, Request request, const Responder& responder) {
  auto message = std::make_shared<MessageOf<kFunction>>();
  if (!DecodeOrClose(request, responder, message.get())) return;
  broker.control.Post([&broker, request = std::move(request), message, responder] {
    kFunction(broker, request, std::move(*message), responder);
  });
}

}  // namespace millrace::broker
