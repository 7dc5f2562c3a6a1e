#include "doctor/key_survey.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace tapalcatl::doctor {
namespace {

constexpr std::string_view archive_suffix = ".zip";
constexpr std::size_t hash_digits = 5;
constexpr unsigned deepest_known_zoom = 30;

bool is_hash_like(std::string_view text) {
    return text.size() == hash_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Removes and returns the last segment. nullopt if there is none.
std::optional<std::string_view> take_last(std::string_view& path) {
    if (path.empty()) {
        return std::nullopt;
    }
    const auto slash = path.rfind('/');
    const auto last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    path.remove_suffix(slash == std::string_view::npos ? path.size() : last.size() + 1);
    return last;
}

std::optional<std::string_view> take_first(std::string_view& path) {
    if (path.empty()) {
        return std::nullopt;
    }
    return next_field(path, '/');
}

/// The metatile at the end of a key; `key` becomes the part before it.
std::optional<TileId> take_metatile(std::string_view& key) {
    if (!key.ends_with(archive_suffix)) {
        return std::nullopt;
    }
    key.remove_suffix(archive_suffix.size());
    std::array<std::uint64_t, 3> numbers{};
    for (auto& number : numbers) {
        const auto digits = take_last(key);
        const auto value = digits ? parse_number(*digits) : std::nullopt;
        if (!value) {
            return std::nullopt;
        }
        number = *value;
    }
    const auto [y, x, z] = numbers;  // from the end
    if (z > deepest_known_zoom || x >> z != 0 || y >> z != 0) {
        return std::nullopt;
    }
    return TileId{static_cast<unsigned>(z), static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
}

/// The patterns with a hash that may have made `parents`, the part of a key before the metatile. The caller compares
/// their keys.
std::vector<KeyPattern> hashed_patterns(std::string_view parents, const KeyPattern& configured) {
    std::vector<KeyPattern> patterns;
    const auto add = [&](std::string_view rest, std::string_view layer) {
        auto before = rest;
        if (const auto hash = take_last(before); hash && is_hash_like(*hash)) {
            patterns.push_back({KeyLayout::prefix_hash, std::string(before), std::string(layer)});
        }
        auto after = rest;
        if (const auto hash = take_first(after); hash && is_hash_like(*hash)) {
            patterns.push_back({KeyLayout::hash_prefix, std::string(after), std::string(layer)});
        }
    };
    auto before_layer = parents;
    if (const auto layer = take_last(before_layer)) {
        add(before_layer, *layer);
    }
    add(parents, {});
    // Without a prefix both layouts make the same keys.
    std::partition(patterns.begin(), patterns.end(),
                   [&](const KeyPattern& pattern) { return pattern.layout == configured.layout; });
    return patterns;
}

/// The pattern of a key without a hash. It is arbitrary where the prefix ends and the layer begins.
KeyPattern plain_pattern(std::string_view parents, const KeyPattern& configured) {
    auto prefix = parents;
    const auto last = take_last(prefix).value_or("");
    const bool is_build = !last.empty() && last.front() >= '0' && last.front() <= '9';
    if (last != configured.layer && (parents == configured.prefix || is_build)) {
        return {KeyLayout::no_hash, std::string(parents), {}};
    }
    return {KeyLayout::no_hash, std::string(prefix), std::string(last)};
}

}  // namespace

std::optional<MetatileKey> recognise_key(std::string_view key, const KeyPattern& configured) {
    auto parents = key;
    const auto metatile = take_metatile(parents);
    if (!metatile) {
        return std::nullopt;
    }
    for (auto& pattern : hashed_patterns(parents, configured)) {
        if (pattern.key(*metatile) == key) {
            return MetatileKey{std::move(pattern), *metatile};
        }
    }
    auto plain = plain_pattern(parents, configured);
    if (plain.key(*metatile) != key) {
        return std::nullopt;  // leading zeros, or slashes in unusual places
    }
    return MetatileKey{std::move(plain), *metatile};
}

bool make_same_keys(const KeyPattern& a, const KeyPattern& b) {
    constexpr TileId any{5, 17, 11};
    return a.key(any) == b.key(any);
}

unsigned KeyKind::deepest_zoom() const {
    unsigned deepest = 0;
    for (const auto& metatile : metatiles) {
        deepest = std::max(deepest, metatile.z);
    }
    return deepest;
}

std::vector<KeyKind> survey_keys(std::span<const std::string> keys, const KeyPattern& configured) {
    std::vector<KeyKind> kinds;
    for (const auto& key : keys) {
        auto recognised = recognise_key(key, configured);
        if (!recognised) {
            continue;
        }
        const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const KeyKind& kind) {
            return make_same_keys(kind.pattern, recognised->pattern);
        });
        if (known == kinds.end()) {
            kinds.push_back({std::move(recognised->pattern), {recognised->metatile}});
        } else {
            known->metatiles.push_back(recognised->metatile);
        }
    }
    std::sort(kinds.begin(), kinds.end(), [](const KeyKind& a, const KeyKind& b) {
        return a.metatiles.size() != b.metatiles.size() ? a.metatiles.size() > b.metatiles.size()
                                                        : a.pattern.prefix < b.pattern.prefix;
    });
    return kinds;
}

const KeyKind* choose_kind(std::span<const KeyKind> kinds, const KeyPattern& configured) {
    const KeyKind* of_prefix = nullptr;
    const KeyKind* last = nullptr;
    for (const auto& kind : kinds) {
        if (make_same_keys(kind.pattern, configured)) {
            return &kind;
        }
        if (of_prefix == nullptr && kind.pattern.prefix == configured.prefix) {
            of_prefix = &kind;
        }
        // A few stray files do not make a build.
        const bool counts = kind.metatiles.size() * 4 >= kinds.front().metatiles.size();
        if (counts && (last == nullptr || kind.pattern.prefix > last->pattern.prefix)) {
            last = &kind;
        }
    }
    return of_prefix != nullptr ? of_prefix : last;
}

std::vector<TileId> pick_metatiles(const KeyKind& kind) {
    auto sorted = kind.metatiles;
    const auto is_before = [](TileId a, TileId b) { return std::tie(a.z, a.x, a.y) < std::tie(b.z, b.x, b.y); };
    std::sort(sorted.begin(), sorted.end(), is_before);
    const auto first_deepest =
        std::find_if(sorted.begin(), sorted.end(), [&](TileId tile) { return tile.z == sorted.back().z; });
    std::vector<TileId> picked{sorted.front(), sorted[sorted.size() / 2], *first_deepest, sorted.back()};
    std::sort(picked.begin(), picked.end(), is_before);
    picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
    return picked;
}

std::string describe(const KeyPattern& pattern) {
    const auto named = [](std::string_view what, const std::string& value) {
        return value.empty() ? fmt::format("no {}", what) : fmt::format("{} {}", what, printable(value));
    };
    return fmt::format("{}, {}, {}", name_of(pattern.layout), named("prefix", pattern.prefix),
                       named("layer", pattern.layer));
}

std::vector<Advice> key_advice(const KeyPattern& configured, const KeyPattern& wanted) {
    std::vector<Advice> advice;
    if (make_same_keys(configured, wanted)) {
        return advice;
    }
    if (configured.prefix != wanted.prefix) {
        advice.push_back({"S3_PREFIX", wanted.prefix});
    }
    if (configured.layer != wanted.layer) {
        advice.push_back({"S3_LAYER", wanted.layer});
    }
    if (configured.layout != wanted.layout) {
        advice.push_back({"KEY_FORMAT_TYPE", std::string(name_of(wanted.layout))});
    }
    return advice;
}

std::vector<std::string> possible_prefixes(std::span<const std::string> folders) {
    std::vector<std::string> prefixes;
    for (std::string_view folder : folders) {
        if (folder.ends_with('/')) {
            folder.remove_suffix(1);
        }
        if (!folder.empty() && !is_hash_like(folder)) {
            prefixes.emplace_back(folder);
        }
    }
    return prefixes;
}

}  // namespace tapalcatl::doctor
