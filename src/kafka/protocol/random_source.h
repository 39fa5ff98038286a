#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "kafka/protocol/wire.h"

namespace millrace::kafka {

// Random values for the generated FillRandom functions of property tests. Small sizes, all magnitudes.
class RandomSource {
 public:
  explicit RandomSource(uint64_t seed) : engine_(seed) {}

  bool Null() { return engine_() % 4 == 0; }
  size_t Count() { return engine_() % 4; }
  void Bool(bool* value) { *value = engine_() % 2 == 0; }
  void Int8(int8_t* value) { *value = static_cast<int8_t>(Bits()); }
  void Int16(int16_t* value) { *value = static_cast<int16_t>(Bits()); }
  void Uint16(uint16_t* value) { *value = static_cast<uint16_t>(Bits()); }
  void Int32(int32_t* value) { *value = static_cast<int32_t>(Bits()); }
  void Int64(int64_t* value) { *value = static_cast<int64_t>(Bits()); }
  void Uuid(kafka::Uuid* value) {
    for (uint8_t& byte : value->bytes) byte = static_cast<uint8_t>(engine_());
  }
  void String(std::string* value) {  // ASCII: other decoders insist on UTF-8
    value->resize(engine_() % 12);
    for (char& c : *value) c = static_cast<char>('a' + engine_() % 26);
  }
  void Bytes(std::string* value) {
    value->resize(engine_() % 40);
    for (char& c : *value) c = static_cast<char>(engine_());
  }
  void Records(kafka::Records* value) {
    auto owner = std::make_shared<std::string>();
    Bytes(owner.get());
    if (engine_() % 4 == 0) owner->resize(3000, 'x');  // long enough not to be copied
    value->bytes = *owner;
    value->owner = std::move(owner);
  }
  uint64_t Bits() { return engine_() >> engine_() % 64; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace millrace::kafka
