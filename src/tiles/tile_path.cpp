#include "tiles/tile_path.hpp"

#include "base/text.hpp"

namespace tapalcatl {
namespace {

constexpr unsigned max_zoom = 31;  // x and y have 32 bits, and no pyramid in use is deeper than 30

Error malformed(std::string_view text) {
    return fail(Errc::usage, "tile '{}': expected Z/X/Y.FORMAT, such as 3/4/2.mvt", printable(text));
}

}  // namespace

bool is_format(std::string_view text) {
    return !text.empty() && text.find('/') == std::string_view::npos && !is_digits(text.substr(0, text.find('.')));
}

Result<TilePath> parse_tile_path(std::string_view text) {
    auto rest = text;
    const auto z_text = next_field(rest, '/');
    const auto x_text = next_field(rest, '/');
    const auto dot = rest.find('.');
    const auto y_text = rest.substr(0, dot);
    const auto format = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    if (!is_digits(z_text) || !is_digits(x_text) || !is_digits(y_text) || !is_format(format)) {
        return malformed(text);
    }

    const auto z = parse_number(z_text);
    if (!z || *z > max_zoom) {
        return fail(Errc::usage, "tile '{}': zoom {}: expected 0 to {}", printable(text), z_text, max_zoom);
    }
    const auto last = (std::uint64_t{1} << *z) - 1;
    const auto x = parse_number(x_text);
    if (!x || *x > last) {
        return fail(Errc::usage, "tile '{}': x {}: expected 0 to {} at zoom {}", printable(text), x_text, last, *z);
    }
    const auto y = parse_number(y_text);
    if (!y || *y > last) {
        return fail(Errc::usage, "tile '{}': y {}: expected 0 to {} at zoom {}", printable(text), y_text, last, *z);
    }
    return TilePath{{static_cast<unsigned>(*z), static_cast<std::uint32_t>(*x), static_cast<std::uint32_t>(*y)},
                    std::string(format)};
}

}  // namespace tapalcatl
