#pragma once

#include <cstdint>
#include <string_view>

namespace tapalcatl::web {

/// A Content-Encoding.
enum class Encoding : std::uint8_t { identity, gzip };

/// Whether Accept-Encoding allows gzip (RFC 9110, section 12.5.3): it gives `gzip` (or its alias `x-gzip`), or else
/// `*`, a weight above 0.
///
/// Without the header the result is false: all clients accept identity. A member with a malformed weight is ignored; if
/// members contradict each other, gzip is refused.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether a client prefers JSON to plain text for errors: its Accept names a JSON type (also `application/*`, but not
/// `*/*`) with at least the weight of `text/plain`, `text/*` and `text/html`.
bool prefers_json(std::string_view accept);

/// The media type of a tile, by its format (the file name extension, in any case, without a dot), such as
/// `application/x-protobuf` for mvt and mvtb; `application/octet-stream` for unknown formats. There is no charset.
std::string_view content_type_of(std::string_view format);

/// Whether a browser may run scripts in a document of this type, or guess another type from its bytes: SVG, plain text
/// and unknown types.
bool is_active(std::string_view content_type);

}  // namespace tapalcatl::web
