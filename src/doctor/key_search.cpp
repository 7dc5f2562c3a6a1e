#include "doctor/key_search.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numbers>

namespace tapalcatl::doctor {
namespace {

/// Builds that are listed if there are several and none is configured.
constexpr std::size_t max_builds = 3;

/// A sample of fewer keys may lack the deepest zoom, although most metatiles are of that zoom.
constexpr std::size_t enough_keys = 100;

/// The folder of the configured keys. With HASH_PREFIX that is the root.
std::string where_keys_are(const KeyPattern& configured) {
    const bool is_below = configured.layout != KeyLayout::hash_prefix && !configured.prefix.empty();
    return is_below ? configured.prefix + '/' : std::string();
}

/// The part before the zoom in keys without a hash.
std::string before_zoom(const KeyPattern& plain) {
    const auto key = plain.key({0, 0, 0});
    return key.substr(0, key.size() - std::string_view("0/0/0.zip").size());
}

class KeySampler {
 public:
    KeySampler(Lister& lister, const KeyPattern& configured) : lister_(lister), configured_(configured) {}

    Result<KeySample> take() {
        const auto first = look(where_keys_are(configured_));
        if (!first) {
            return first.error();
        }
        if (chosen() == nullptr || chosen()->pattern.prefix != configured_.prefix) {
            list_root();
        }
        if (const auto* kind = chosen()) {
            settle_zooms(*kind);
        }
        sample_.kinds = survey_keys(keys_, configured_);
        return std::move(sample_);
    }

 private:
    Result<void> look(const std::string& prefix) {
        auto listing = lister_.list(prefix, Depth::all);
        if (!listing) {
            return listing.error();
        }
        sample_.keys_seen += listing->keys.size();
        is_truncated_ = is_truncated_ || listing->is_truncated;
        std::move(listing->keys.begin(), listing->keys.end(), std::back_inserter(keys_));
        sample_.kinds = survey_keys(keys_, configured_);
        return {};
    }

    const KeyKind* chosen() const { return sample_.chosen(configured_); }

    /// Lists the root and the folders in it. It is no failure if none of that may be listed, because the first listing
    /// succeeded.
    void list_root() {
        const auto root = lister_.list("", Depth::one_level);
        if (!root) {
            return;
        }
        sample_.prefixes = possible_prefixes(root->folders);
        auto builds = sample_.prefixes;
        std::reverse(builds.begin(), builds.end());
        builds.resize(std::min(builds.size(), max_builds));
        for (const auto& build : builds) {
            if (!look(build + '/') || (chosen() != nullptr && chosen()->pattern.prefix.starts_with(build))) {
                return;
            }
        }
        if (!where_keys_are(configured_).empty()) {
            static_cast<void>(look(""));  // the folders are hashes, or keys have no folder
        }
    }

    /// Hashes shuffle the keys, so that any thousand of them include the deepest zoom. Without a hash the first
    /// thousand have the zooms that come first in the order of text.
    void settle_zooms(KeyKind kind) {
        sample_.has_deepest =
            !is_truncated_ || (kind.pattern.layout != KeyLayout::no_hash && kind.metatiles.size() >= enough_keys);
        if (sample_.has_deepest || kind.pattern.layout != KeyLayout::no_hash) {
            return;
        }
        const auto before = before_zoom(kind.pattern);
        const auto zooms = lister_.list(before, Depth::one_level);
        if (!zooms) {
            return;
        }
        std::optional<unsigned> deepest;
        for (const auto& folder : zooms->folders) {
            const auto name = std::string_view(folder).substr(before.size(), folder.size() - before.size() - 1);
            const auto zoom = parse_number(name);
            if (zoom && *zoom < 32 && (!deepest || *zoom > *deepest)) {
                deepest = static_cast<unsigned>(*zoom);
            }
        }
        if (deepest && look(fmt::format("{}{}/", before, *deepest))) {
            sample_.has_deepest = chosen()->deepest_zoom() == *deepest;
        }
    }

    Lister& lister_;
    const KeyPattern& configured_;
    KeySample sample_;
    std::vector<std::string> keys_;
    bool is_truncated_ = false;
};

}  // namespace

Result<KeySample> sample_keys(Lister& lister, const KeyPattern& configured) {
    return KeySampler(lister, configured).take();
}

namespace {

/// Zooms to try for a tile set without 0/0/0. Metatiles of regions mostly begin at a zoom between these.
constexpr std::array<unsigned, 4> zooms_to_try{10, 13, 7, 4};

/// Tiles are served up to zoom 16, so no metatile is deeper.
constexpr unsigned deepest_zoom = 16;

/// The limit of web mercator.
constexpr double max_latitude = 85.0511287798066;

class Search {
 public:
    explicit Search(const HasObject& has_object) : has_object_(has_object) {}

    bool has(const KeyPattern& pattern, TileId metatile) {
        if (result_.stopped) {
            return false;
        }
        ++result_.tries;
        const auto found = has_object_(pattern.key(metatile));
        if (!found) {
            result_.stopped = found.error();
            return false;
        }
        if (*found) {
            if (!result_.kind) {
                result_.kind = KeyKind{pattern, {}};
            }
            result_.kind->metatiles.push_back(metatile);
        }
        return *found;
    }

    bool find(std::span<const KeyPattern> patterns, std::span<const Coordinates> places) {
        for (const auto& pattern : patterns) {
            if (has(pattern, {0, 0, 0})) {
                return true;
            }
        }
        for (const auto& place : places) {
            for (const auto zoom : zooms_to_try) {
                for (const auto& pattern : patterns) {
                    if (has(pattern, metatile_at(place, zoom))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    void go_deeper(std::span<const Coordinates> places) {
        const auto pattern = result_.kind->pattern;
        auto deepest = result_.kind->deepest_zoom();
        for (const auto& place : places) {
            while (deepest < deepest_zoom && has(pattern, metatile_at(place, deepest + 1))) {
                ++deepest;
            }
        }
    }

    KeySearch take() { return std::move(result_); }

 private:
    const HasObject& has_object_;
    KeySearch result_;
};

}  // namespace

TileId metatile_at(Coordinates place, unsigned zoom) {
    const double latitude = std::clamp(place.latitude, -max_latitude, max_latitude) * std::numbers::pi / 180;
    const double side = std::exp2(zoom);
    const double x = (place.longitude + 180) / 360 * side;
    const double y = (1 - std::asinh(std::tan(latitude)) / std::numbers::pi) / 2 * side;
    const auto inside = [side](double at) { return static_cast<std::uint32_t>(std::clamp(at, 0.0, side - 1)); };
    return {zoom, inside(x), inside(y)};
}

std::span<const Coordinates> well_known_places() {
    static constexpr std::array<Coordinates, 8> places{{{-73.99, 40.73},     // New York
                                                        {-0.12, 51.5},       // London
                                                        {139.76, 35.68},     // Tokyo
                                                        {-122.42, 37.77},    // San Francisco
                                                        {13.38, 52.52},      // Berlin
                                                        {-46.63, -23.55},    // São Paulo
                                                        {36.82, -1.29},      // Nairobi
                                                        {151.21, -33.87}}};  // Sydney
    return places;
}

std::vector<Coordinates> places_to_try(Coordinates first) {
    std::vector<Coordinates> places{first};
    const auto known = well_known_places();
    places.insert(places.end(), known.begin(), known.end());
    return places;
}

std::vector<KeyPattern> patterns_to_try(const KeyPattern& configured) {
    std::vector<KeyPattern> patterns{configured};
    for (const auto& layer : {configured.layer, std::string("all"), std::string()}) {
        for (const auto layout : {KeyLayout::prefix_hash, KeyLayout::no_hash, KeyLayout::hash_prefix}) {
            const KeyPattern pattern{layout, configured.prefix, layer};
            const bool is_known = std::any_of(patterns.begin(), patterns.end(),
                                              [&](const KeyPattern& other) { return make_same_keys(other, pattern); });
            if (!is_known) {
                patterns.push_back(pattern);
            }
        }
    }
    return patterns;
}

KeySearch search_keys(const KeyPattern& configured, std::span<const Coordinates> places, const HasObject& has_object) {
    Search search(has_object);
    if (search.find(patterns_to_try(configured), places)) {
        search.go_deeper(places);
    }
    return search.take();
}

}  // namespace tapalcatl::doctor
