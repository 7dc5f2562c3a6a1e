#pragma once

#include <cstdint>
#include <string_view>

namespace tapalcatl::web {

/// How a body is encoded on its way (Content-Encoding).
enum class Encoding : std::uint8_t { identity, gzip };

/// Whether a request's Accept-Encoding lets the answer be gzipped (RFC 9110, section 12.5.3): it gives `gzip` (or its
/// alias `x-gzip`), or `*` where that is not named, a weight above 0.
///
/// Without the header, and in doubt (a member with a malformed weight counts for nothing; of contradicting ones the
/// refusal counts), identity is sent, which everybody reads.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether a client that gets an error would rather read JSON than plain text: its Accept names a JSON type (also
/// `application/*`; `*/*` alone asks for nothing) with at least the weight of `text/plain` or `text/*`, `text/html`.
bool prefers_json(std::string_view accept);

}  // namespace tapalcatl::web
