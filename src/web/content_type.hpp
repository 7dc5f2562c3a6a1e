#pragma once

#include <string_view>

namespace tapalcatl::web {

/// The media type of a tile, from its format (the file name extension, any case, without dot): `application/x-protobuf`
/// for mvt and mvtb, and so on; `application/octet-stream` for what is not known. Tiles have no charset.
std::string_view content_type_of(std::string_view format);

/// Whether a browser may run scripts in a document of this type, or guess another type from its bytes: SVG, text,
/// unknown bytes.
bool is_active(std::string_view content_type);

}  // namespace tapalcatl::web
