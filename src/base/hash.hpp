#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace tapalcatl {

/// A SHA-256 hash.
using Digest = std::array<std::byte, 32>;

Digest sha256(Bytes bytes);

/// HMAC (RFC 2104) with SHA-256. The key may have any length.
Digest hmac_sha256(Bytes key, Bytes bytes);

/// SHA-1, for names that other programs derive with it. It gives no security.
std::array<std::byte, 20> sha1(Bytes bytes);

/// MD5, for object keys that contain it; it protects nothing. Cost: a quarter of a microsecond for a key.
std::array<std::byte, 16> md5(Bytes bytes);

/// `bytes` in Base64 (RFC 4648, section 4), with padding.
std::string base64(Bytes bytes);

/// `bytes` in lower-case hexadecimal.
std::string hex(Bytes bytes);

}  // namespace tapalcatl
