#include "tiles/key_pattern.hpp"

#include "base/hash.hpp"

namespace tapalcatl {
namespace {

constexpr std::size_t hash_digits = 5;

/// The first hexadecimal digits of the MD5 of `text`.
std::string hash_of(std::string_view text) {
    const auto hash = md5(as_bytes(text));
    return hex(Bytes(hash).first((hash_digits + 1) / 2)).substr(0, hash_digits);
}

void append_part(std::string& key, std::string_view part) {
    if (part.empty()) {
        return;
    }
    if (!key.empty()) {
        key += '/';
    }
    key += part;
}

}  // namespace

Result<KeyLayout> parse_key_layout(std::string_view name) {
    for (const auto layout : {KeyLayout::no_hash, KeyLayout::hash_prefix, KeyLayout::prefix_hash}) {
        if (name == name_of(layout)) {
            return layout;
        }
    }
    return fail(Errc::usage, "key layout '{}': expected NO_HASH, HASH_PREFIX or PREFIX_HASH", name);
}

std::string_view name_of(KeyLayout layout) {
    switch (layout) {
        case KeyLayout::no_hash:
            return "NO_HASH";
        case KeyLayout::hash_prefix:
            return "HASH_PREFIX";
        case KeyLayout::prefix_hash:
            break;
    }
    return "PREFIX_HASH";
}

std::string KeyPattern::key(TileId metatile) const {
    constexpr std::string_view placeholder = "-----";
    static_assert(placeholder.size() == hash_digits);
    const fmt::format_int z(metatile.z);
    const fmt::format_int x(metatile.x);
    const fmt::format_int y(metatile.y);

    std::string key;
    key.reserve(hash_digits + 1 + prefix.size() + 1 + layer.size() + 1 + z.size() + 1 + x.size() + 1 + y.size() + 4);
    std::size_t hash_at = 0;
    if (layout == KeyLayout::hash_prefix) {
        key += placeholder;
    }
    append_part(key, prefix);
    if (layout == KeyLayout::prefix_hash) {
        append_part(key, placeholder);
        hash_at = key.size() - hash_digits;
    }
    const auto parents_end = key.size();
    append_part(key, layer);
    append_part(key, {z.data(), z.size()});
    key.append(1, '/').append(x.data(), x.size()).append(1, '/').append(y.data(), y.size()).append(".zip");

    if (layout != KeyLayout::no_hash) {
        // With a layer the slash before it is hashed too, without one the text starts at the zoom.
        const auto hashed = std::string_view(key).substr(layer.empty() ? parents_end + 1 : parents_end);
        key.replace(hash_at, hash_digits, hash_of(hashed));
    }
    return key;
}

}  // namespace tapalcatl
