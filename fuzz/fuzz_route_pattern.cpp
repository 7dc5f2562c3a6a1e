// Route patterns: any first line is refused or makes a pattern, and any second line is a path that it matches or not.

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "service/route_pattern.hpp"
#include "web/message.hpp"

#include <cstdlib>

namespace {

using namespace tapalcatl;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool is_part_of(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    auto path = as_text(std::as_bytes(std::span(data, size)));
    const auto text = next_field(path, '\n');
    const auto pattern = service::RoutePattern::parse(text);
    if (!pattern) {
        require(pattern.error().code == Errc::usage && !web::has_control(pattern.error().message));
        return 0;
    }
    require(pattern->text() == text);
    const auto tile = pattern->match(path);
    if (tile) {
        require(service::is_tile(*tile));
        for (const auto value : {tile->z, tile->x, tile->y, tile->format, tile->prefix, tile->layer, tile->scale}) {
            require(is_part_of(value, path) && value.find('/') == std::string_view::npos);
        }
    }
    return 0;
}
