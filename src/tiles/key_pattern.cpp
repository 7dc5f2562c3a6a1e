#include "tiles/key_pattern.hpp"

#include <boost/uuid/detail/md5.hpp>

#include <type_traits>

namespace tapalcatl {
namespace {

constexpr std::size_t hash_digits = 5;

/// The first hex digits of MD5 over `text`, written to `to`.
void write_hash(std::string_view text, char* to) {
    boost::uuids::detail::md5 md5;
    md5.process_bytes(text.data(), text.size());
    boost::uuids::detail::md5::digest_type digest;
    md5.get_digest(digest);
    // Boost up to 1.85 gives words whose highest byte is the digest's first, on machines of either endianness. Later
    // ones give bytes.
    static_assert(std::is_same_v<decltype(digest), unsigned int[4]>);
    unsigned shift = 32;
    for (std::size_t i = 0; i < hash_digits; ++i) {
        shift -= 4;
        to[i] = "0123456789abcdef"[digest[0] >> shift & 0xf];
    }
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
        write_hash(hashed, key.data() + hash_at);
    }
    return key;
}

}  // namespace tapalcatl
