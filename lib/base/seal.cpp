#include "base/seal.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>
#include <memory>

#include "base/error.hpp"

namespace crier {
namespace {

constexpr std::size_t kept_bytes = 16;
constexpr std::string_view signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(const unsigned char* bytes, std::size_t count) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bits = bits << 8 | bytes[i];
    for (held += 8; held >= 6; held -= 6) out += signs[bits >> (held - 6) & 63];
  }
  if (held > 0) out += signs[bits << (6 - held) & 63];
  return out;
}

/// HMAC-SHA256, looked up once for each thread: looking it up costs more than a seal.
class Sealer {
 public:
  Sealer() {
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> found(EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                                  &EVP_MAC_free);
    context_.reset(found ? EVP_MAC_CTX_new(found.get()) : nullptr);
    if (!context_ || EVP_MAC_CTX_set_params(context_.get(), parameters.data()) != 1) refuse();
  }

  std::string seal(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t length = 0;
    if (EVP_MAC_init(context_.get(), bytes(key), key.size(), nullptr) != 1 ||
        EVP_MAC_update(context_.get(), bytes(text), text.size()) != 1 ||
        EVP_MAC_final(context_.get(), digest.data(), &length, digest.size()) != 1 || length < kept_bytes) {
      refuse();
    }
    return base64url(digest.data(), kept_bytes);
  }

 private:
  [[noreturn]] static void refuse() {
    throw Error(Exit::defect, "no-seal", "the library of ciphers makes no HMAC-SHA256",
                "Check the installation of OpenSSL.");
  }
  static const unsigned char* bytes(std::string_view text) {
    // An empty view may point nowhere, which the library takes for "the key as before".
    return reinterpret_cast<const unsigned char*>(text.data() == nullptr ? "" : text.data());
  }

  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_{nullptr, &EVP_MAC_CTX_free};
};

}  // namespace

std::string seal(std::string_view key, std::string_view text) {
  thread_local Sealer sealer;
  return sealer.seal(key, text);
}

bool same_seal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace crier
