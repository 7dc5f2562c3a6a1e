#include "settings/file_member.hpp"

#include <algorithm>
#include <array>

namespace tapalcatl {

std::span<const FileMemberInfo> document_members() {
    static constexpr std::array<FileMemberInfo, 3> members{{
        {FileMember::tilesets, "tilesets",
         "The tilesets by their names, which are the first part of their URLs. Without this member the server has the "
         "tiles of its settings, on the routes of tapalcatl-py."},
        {FileMember::named_sources, "sources",
         "Places of metatiles by names, which tilesets use. They have the settings of storage, access, keys and "
         "metatiles."},
        {FileMember::headers, "headers", "HTTP headers that are sent with the tiles and TileJSON of all tilesets."},
    }};
    return members;
}

std::span<const FileMemberInfo> tileset_members() {
    static constexpr std::array<FileMemberInfo, 6> members{{
        {FileMember::formats, "formats",
         "A list of extensions, the default format first, or a mapping of extensions to MIME types for TileJSON and "
         "catalog. Default: mvt, json, topojson."},
        {FileMember::description, "description", "A text for TileJSON and catalog."},
        {FileMember::headers, "headers",
         "HTTP headers that are sent with its tiles and TileJSON, over those of the server."},
        {FileMember::sources, "sources",
         "Names of sources in order: the first that has a tile answers. Instead of a storage of the tileset's own."},
        {FileMember::on_failure, "on_failure",
         "What a source that fails means for a tileset with several: fail, a failure of the request, or next, the next "
         "source is asked. Default: fail."},
        {FileMember::routes, "routes",
         "Patterns of paths, such as /tiles/{prefix}/{z}/{x}/{y}.{format}, that the tileset answers besides its own "
         "route."},
    }};
    return members;
}

const FileMemberInfo* find_member(std::span<const FileMemberInfo> members, std::string_view name) {
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const auto& each) { return each.name == name; });
    return found == members.end() ? nullptr : &*found;
}

}  // namespace tapalcatl
