#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::codec {

// CRC-32C (Castagnoli; reflected polynomial 0x82F63B78, initial value and final xor ~0): the checksum of Kafka's record
// batches. Uses the processor's CRC instruction where there is one. Any thread.
uint32_t Crc32c(std::string_view bytes);

// The checksum of a text whose first part has the checksum `crc` and whose rest is `bytes`:
// ExtendCrc32c(Crc32c(a), b) == Crc32c(a + b), ExtendCrc32c(0, a) == Crc32c(a).
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);

// The same by tables alone, on any processor.
uint32_t ExtendCrc32cPortable(uint32_t crc, std::string_view bytes);

}  // namespace millrace::codec
