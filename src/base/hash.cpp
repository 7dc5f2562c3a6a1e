#include "base/hash.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
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

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

/// A context for MD5. "-fips": it is allowed here also where the machine is configured for FIPS 140, because it
/// protects nothing.
Context make_md5_context() {
    const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> kind(EVP_MD_fetch(nullptr, "MD5", "-fips"), &EVP_MD_free);
    Context context(EVP_MD_CTX_new());
    if (!context || EVP_DigestInit_ex2(context.get(), kind.get(), nullptr) != 1) {
        throw std::bad_alloc();
    }
    return context;
}

}  // namespace

Digest sha256(Bytes bytes) {
    return hash_of<Digest>(bytes, EVP_sha256());
}

std::array<std::byte, 20> sha1(Bytes bytes) {
    return hash_of<std::array<std::byte, 20>>(bytes, EVP_sha1());
}

std::array<std::byte, 16> md5(Bytes bytes) {
    // Looking the algorithm up and making a context takes longer than hashing a key: both happen once in a thread.
    thread_local const Context context = make_md5_context();
    std::array<std::byte, 16> hash{};
    if (EVP_DigestInit_ex2(context.get(), nullptr, nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), as_unsigned(hash.data()), nullptr) != 1) {
        throw std::bad_alloc();
    }
    return hash;
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

std::string base64(Bytes bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a NUL
    const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), as_unsigned(bytes.data()),
                                      static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
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
