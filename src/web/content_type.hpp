#pragma once

#include <string_view>

namespace tapalcatl::web {

/// The media type of a tile, from its format (the file name extension, any case, without dot): `application/x-protobuf`
/// for mvt and mvtb, and so on; `application/octet-stream` for what is not known. Tiles have no charset.
std::string_view content_type_of(std::string_view format);

}  // namespace tapalcatl::web
