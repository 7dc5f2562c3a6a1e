// Request targets and tile paths: whatever a client sends is refused or understood in one way only.

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "tiles/metatile.hpp"
#include "tiles/tile_path.hpp"
#include "web/message.hpp"
#include "web/target.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace {

using namespace tapalcatl;
using namespace tapalcatl::web;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool views_part_of(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

std::string escaped(std::string_view path) {
    std::string out;
    for (const char c : path) {
        out += c == '/' ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

void check_segments(std::string_view path) {
    const Segments segments(path);
    require(segments.size() >= 1 && segments.size() <= Segments::max_count);
    std::string squeezed;
    for (const char c : path) {
        if (c != '/' || !squeezed.ends_with('/')) {
            squeezed += c;
        }
    }
    std::string joined;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        require(views_part_of(segments[i], path));
        const bool may_have_slashes = i + 1 == Segments::max_count;
        require(may_have_slashes || segments[i].find('/') == std::string_view::npos);
        require(!segments[i].empty() || i + 1 == segments.size());
        joined.append(1, '/').append(segments[i]);
    }
    require(segments.size() == Segments::max_count || path == "*" || joined == squeezed);
}

void check_target(std::string_view text) {
    std::string buffer;
    const auto target = parse_target(text, buffer);
    if (!target) {
        require(target.error().code == Errc::bad_request && !has_control(target.error().message));
        return;
    }
    require(target->path == "*" || target->path.starts_with('/'));
    require(!has_control(target->path) && is_utf8(target->path));
    require(views_part_of(target->path, text) || views_part_of(target->path, buffer) || target->path == "/");
    require(views_part_of(target->query, text) && views_part_of(target->authority, text));
    require(target->authority == authority_of(text));
    check_segments(target->path);

    if (target->path != "*") {
        const auto again_text = escaped(target->path);
        std::string again_buffer;
        const auto again = parse_target(again_text, again_buffer);
        require(again && again->path == target->path && again->query.empty());
    }
}

void check_tile_path(std::string_view text) {
    const auto parsed = parse_tile_path(text);
    if (!parsed) {
        require(parsed.error().code == Errc::usage && !has_control(parsed.error().message));
        return;
    }
    const auto again = parse_tile_path(to_string(parsed->tile) + "." + parsed->format);
    require(again && *again == *parsed);
    const auto address = locate(parsed->tile, 1, {.metatile_size = 4, .max_detail_zoom = 14});
    require(address && address->metatile.z + address->offset.z == parsed->tile.z);
    require((address->metatile.x << address->offset.z) + address->offset.x == parsed->tile.x);
    require((address->metatile.y << address->offset.z) + address->offset.y == parsed->tile.y);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto text = as_text(std::as_bytes(std::span(data, size)));
    check_target(text);
    check_tile_path(text);
    return 0;
}
