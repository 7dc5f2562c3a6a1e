#include "web/content_type.hpp"

#include "base/text.hpp"

#include <array>
#include <utility>

namespace tapalcatl::web {
namespace {

// The most wanted first. HTML is not among them; for the others that a browser may run as a page, see is_active().
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> types{{
    {"mvt", "application/x-protobuf"},
    {"mvtb", "application/x-protobuf"},
    {"json", "application/json"},
    {"topojson", "application/json"},
    {"png", "image/png"},
    {"webp", "image/webp"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"pbf", "application/x-protobuf"},
    {"geojson", "application/geo+json"},
    {"avif", "image/avif"},
    {"gif", "image/gif"},
    {"svg", "image/svg+xml"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"txt", "text/plain"},
}};

}  // namespace

std::string_view content_type_of(std::string_view format) {
    for (const auto& [name, type] : types) {
        if (iequals(format, name)) {
            return type;
        }
    }
    return "application/octet-stream";
}

bool is_active(std::string_view content_type) {
    return content_type == "image/svg+xml" || content_type == "text/plain" ||
           content_type == "application/octet-stream";
}

}  // namespace tapalcatl::web
