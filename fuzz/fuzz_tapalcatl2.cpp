// What a Tapalcatl 2 tileset says of itself and of its tiles: a meta.json is refused with one line or gives numbers
// within their limits, and no comment gives a header that breaks a response. The first byte chooses the parser.

#include "base/bytes.hpp"
#include "source/tapalcatl2_comments.hpp"
#include "source/tapalcatl2_meta.hpp"
#include "web/message.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace tapalcatl;
using namespace tapalcatl::source;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool is_one_line(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_headers(const HeaderList& list) {
    require(list.size() <= 2 * max_header_count);
    for (const auto& [name, value] : list) {
        require(web::is_token(name) && is_one_line(value));
        require(!header_fault(name, value));
    }
}

void check_archive_comment(std::string_view text) {
    const auto [headers, warning] = read_archive_comment(text);
    require(is_one_line(warning));
    for (const auto& [format, list] : headers.formats) {
        if (list != nullptr) {
            check_headers(list->fields);
        }
    }
    if (headers.any_format != nullptr) {
        check_headers(headers.any_format->fields);
    }
}

void check_entry_comment(std::string_view text) {
    const auto [headers, warning] = read_entry_comment(text);
    require(is_one_line(warning));
    check_headers(headers);
}

void check_meta(std::string_view text) {
    const auto meta = parse_tapalcatl2_meta(text, "s3://tiles/toner/meta.json");
    if (!meta) {
        const auto code = meta.error().code;
        require((code == Errc::corrupt || code == Errc::too_large) && is_one_line(meta.error().message));
        return;
    }
    const auto& about = meta->description;
    require(!about.formats.empty() && about.formats.size() == meta->headers.size());
    require(!about.scales.empty() && about.min_zoom <= about.max_zoom() && about.max_zoom() <= 30);
    require(std::has_single_bit(meta->scheme.metatile_size) && !meta->scheme.materialized_zooms.empty());
    for (const auto& headers : meta->headers) {
        check_headers(headers->fields);
    }
    const ArchiveTemplate keys(meta->archives.keys);
    const TileId tile{30, (1U << 30U) - 1, 7};
    if (const auto archive = archive_of(tile, meta->scheme)) {
        require(archive->x % meta->scheme.metatile_size == 0);
        require(keys.name(*archive).find('\n') == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto rest = as_text(std::as_bytes(std::span(data, size)).subspan(1));
    switch (data[0]) {
        case 'a':
            check_archive_comment(rest);
            break;
        case 'e':
            check_entry_comment(rest);
            break;
        default:
            check_meta(rest);
            break;
    }
    return 0;
}
