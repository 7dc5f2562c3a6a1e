#include "doctor/key_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace tapalcatl::doctor {
namespace {

/// Zooms at which a set without 0/0/0 is looked for. Metatiles of regions mostly begin somewhere between.
constexpr std::array<unsigned, 4> zooms_to_try{10, 13, 7, 4};

/// Tiles are served up to zoom 16, so no metatile is deeper.
constexpr unsigned deepest_zoom = 16;

/// Web mercator ends there.
constexpr double most_latitude = 85.0511287798066;

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

    bool find(std::span<const KeyPattern> patterns, std::span<const Place> places) {
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

    void go_deeper(std::span<const Place> places) {
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

TileId metatile_at(Place place, unsigned zoom) {
    const double latitude = std::clamp(place.latitude, -most_latitude, most_latitude) * std::numbers::pi / 180;
    const double side = std::exp2(zoom);
    const double x = (place.longitude + 180) / 360 * side;
    const double y = (1 - std::asinh(std::tan(latitude)) / std::numbers::pi) / 2 * side;
    const auto inside = [side](double at) { return static_cast<std::uint32_t>(std::clamp(at, 0.0, side - 1)); };
    return {zoom, inside(x), inside(y)};
}

std::span<const Place> well_known_places() {
    static constexpr std::array<Place, 8> places{{{-73.99, 40.73},     // New York
                                                  {-0.12, 51.5},       // London
                                                  {139.76, 35.68},     // Tokyo
                                                  {-122.42, 37.77},    // San Francisco
                                                  {13.38, 52.52},      // Berlin
                                                  {-46.63, -23.55},    // São Paulo
                                                  {36.82, -1.29},      // Nairobi
                                                  {151.21, -33.87}}};  // Sydney
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

KeySearch search_keys(const KeyPattern& configured, std::span<const Place> places, const HasObject& has_object) {
    Search search(has_object);
    if (search.find(patterns_to_try(configured), places)) {
        search.go_deeper(places);
    }
    return search.take();
}

}  // namespace tapalcatl::doctor
