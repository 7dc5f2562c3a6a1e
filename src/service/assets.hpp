#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tapalcatl::service {

/// A file of the preview page, embedded in the binary. Lifetime: everything it views lives as long as the program.
struct Asset {
    std::string_view path;  ///< "preview.html" or "preview/<name>", without a leading slash
    std::string_view content_type;
    std::span<const std::byte> gzip;  ///< a whole gzip file
    std::size_t size = 0;             ///< of the inflated content
    std::uint32_t crc32 = 0;          ///< of the inflated content
    bool immutable = false;           ///< the name changes with the content, so caches may keep it for ever
};

/// All assets, sorted by path.
std::span<const Asset> assets();

/// The asset at `path`, or null. The path is compared byte by byte: without leading slash, query or escapes.
const Asset* find_asset(std::string_view path);

}  // namespace tapalcatl::service
