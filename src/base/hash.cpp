#include "base/hash.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>
#include <string_view>

namespace tapalcatl {
namespace {

unsigned char* as_unsigned(std::byte* bytes) {
    return reinterpret_cast<unsigned char*>(bytes);
}

const unsigned char* as_unsigned(const std::byte* bytes) {
    return reinterpret_cast<const unsigned char*>(bytes);
}

template <class Hash>
Hash hash_of(Bytes bytes, const EVP_MD* kind) {
    Hash hash{};
    // With hashes that are built in, only memory can run out.
    if (EVP_Digest(bytes.data(), bytes.size(), as_unsigned(hash.data()), nullptr, kind, nullptr) != 1) {
        throw std::bad_alloc();
    }
    return hash;
}

}  // namespace

Digest sha256(Bytes bytes) {
    return hash_of<Digest>(bytes, EVP_sha256());
}

std::array<std::byte, 20> sha1(Bytes bytes) {
    return hash_of<std::array<std::byte, 20>>(bytes, EVP_sha1());
}

Digest hmac_sha256(Bytes key, Bytes bytes) {
    Digest digest{};
    // A key of no bytes still needs an address: a null pointer means "the key of before".
    static constexpr std::byte none{};
    const auto* key_data = key.empty() ? &none : key.data();
    if (HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), as_unsigned(bytes.data()), bytes.size(),
             as_unsigned(digest.data()), nullptr) == nullptr) {
        throw std::bad_alloc();
    }
    return digest;
}

std::string hex(Bytes bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4U];
        text += digits[std::to_integer<unsigned>(byte) & 15U];
    }
    return text;
}

}  // namespace tapalcatl
