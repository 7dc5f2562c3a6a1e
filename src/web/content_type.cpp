#include "web/content_type.hpp"

#include "base/text.hpp"

#include <array>
#include <utility>

namespace tapalcatl::web {
namespace {

// The most wanted first. No type that a browser would run as a page of this origin.
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

}  // namespace tapalcatl::web
