#include "service/assets.hpp"

#include <algorithm>
#include <array>

// assets.S and assets.inc are written by web/build.mjs: one holds the bytes, the other has a row for each of them.

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier, cppcoreguidelines-avoid-c-arrays, modernize-avoid-c-arrays)
#define ASSET(index, path, content_type, gzip_size, size, crc32, immutable) \
    extern const std::byte tapalcatl_asset_##index[gzip_size];
#include "assets.inc"
#undef ASSET
// NOLINTEND(bugprone-reserved-identifier, cppcoreguidelines-avoid-c-arrays, modernize-avoid-c-arrays)
}

namespace tapalcatl::service {

namespace {

constexpr auto table = std::to_array<Asset>({
#define ASSET(index, path, content_type, gzip_size, size, crc32, immutable) \
    {path, content_type, tapalcatl_asset_##index, size, crc32, immutable},
#include "assets.inc"
#undef ASSET
});

static_assert(std::ranges::is_sorted(table, {}, &Asset::path));

}  // namespace

std::span<const Asset> assets() {
    return table;
}

const Asset* find_asset(std::string_view path) {
    const auto* found = std::ranges::lower_bound(table, path, {}, &Asset::path);
    return found != table.end() && found->path == path ? found : nullptr;
}

}  // namespace tapalcatl::service
