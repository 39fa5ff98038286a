#include <openssl/evp.h>

#include "base/strings.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

void Digest(const EVP_MD* algorithm, std::string_view text, std::string& out) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, algorithm, nullptr);
  out += HexEncode({reinterpret_cast<const char*>(digest), size});
}

template <const EVP_MD* (*Algorithm)()>
void Hash(std::string_view text, std::string& out) {
  Digest(Algorithm(), text, out);
}

const EVP_MD* Sha2Algorithm(int64_t bits) {
  switch (bits) {
    case 256: return EVP_sha256();
    case 224: return EVP_sha224();
    case 384: return EVP_sha384();
    case 512: return EVP_sha512();
    default: return nullptr;
  }
}

Status Sha2(std::string_view text, int64_t bits, std::string& out) {
  const EVP_MD* algorithm = Sha2Algorithm(bits);
  if (algorithm == nullptr) {
    return UserError("Unsupported algorithm: SHA-" + std::to_string(bits)).WithHint("Use 224, 256, 384 or 512 bits.");
  }
  Digest(algorithm, text, out);
  return Ok();
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "MD5",
     .signature = "MD5(string)",
     .doc = "MD5 hash as 32 hexadecimal digits.",
     .example = "MD5('') -> d41d8cd98f00b204e9800998ecf8427e",
     .infer = &Typed<"text -> char(32)">,
     .kernel = &Strict<Hash<EVP_md5>>},
    {.name = "SHA1",
     .signature = "SHA1(string)",
     .doc = "SHA-1 hash as 40 hexadecimal digits.",
     .example = "SHA1('') -> da39a3ee5e6b4b0d3255bfef95601890afd80709",
     .infer = &Typed<"text -> char(40)">,
     .kernel = &Strict<Hash<EVP_sha1>>},
    {.name = "SHA224",
     .signature = "SHA224(string)",
     .doc = "SHA-224 hash as 56 hexadecimal digits.",
     .example = "SHA224('') -> d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
     .infer = &Typed<"text -> char(56)">,
     .kernel = &Strict<Hash<EVP_sha224>>},
    {.name = "SHA256",
     .signature = "SHA256(string)",
     .doc = "SHA-256 hash as 64 hexadecimal digits.",
     .example = "SHA256('') -> e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     .infer = &Typed<"text -> char(64)">,
     .kernel = &Strict<Hash<EVP_sha256>>},
    {.name = "SHA384",
     .signature = "SHA384(string)",
     .doc = "SHA-384 hash as 96 hexadecimal digits.",
     .example = "CHAR_LENGTH(SHA384('')) -> 96",
     .infer = &Typed<"text -> char(96)">,
     .kernel = &Strict<Hash<EVP_sha384>>},
    {.name = "SHA512",
     .signature = "SHA512(string)",
     .doc = "SHA-512 hash as 128 hexadecimal digits.",
     .example = "CHAR_LENGTH(SHA512('')) -> 128",
     .infer = &Typed<"text -> char(128)">,
     .kernel = &Strict<Hash<EVP_sha512>>},
    {.name = "SHA2",
     .signature = "SHA2(string, bits)",
     .doc = "SHA-2 hash of 224, 256, 384 or 512 bits as hexadecimal digits.",
     .example = "SHA2('', 224) -> d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
     .infer = &Typed<"text, integer -> varchar(128)">,
     .kernel = &Strict<Sha2>},
};

}  // namespace

std::span<const ScalarFunction> HashFunctions() { return kFunctions; }

}  // namespace millrace::functions
