#pragma once

#include "base/error.hpp"
#include "doctor/key_survey.hpp"
#include "doctor/lister.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::doctor {

/// What some listings of a storage showed.
struct KeySample {
    std::vector<KeyKind> kinds;
    std::size_t keys_seen = 0;          ///< whether they are of metatiles or not
    std::vector<std::string> prefixes;  ///< possible prefixes; only filled if the configured one has no keys
    bool has_deepest = false;           ///< the deepest metatiles are certainly among those in the listings

    /// As choose_kind(). Lifetime: views this.
    const KeyKind* chosen(const KeyPattern& configured) const { return choose_kind(kinds, configured); }
};

/// Looks for metatiles under the configured prefix, then anywhere, with a few listings.
/// Fails: as Lister::list(), if the first of them does.
Result<KeySample> sample_keys(Lister& lister, const KeyPattern& configured);

/// Degrees of longitude and latitude.
struct Coordinates {
    double longitude;
    double latitude;
};

/// The metatile of `zoom` at a point. Requires: zoom < 32.
TileId metatile_at(Coordinates place, unsigned zoom);

/// Cities on all continents. A tile set of the world has tiles for all of them, one of a region often for one.
std::span<const Coordinates> well_known_places();

/// `first`, then the well-known places.
std::vector<Coordinates> places_to_try(Coordinates first);

/// Patterns to try: the configured one, then others with other layouts and layers. No two make the same keys.
std::vector<KeyPattern> patterns_to_try(const KeyPattern& configured);

/// Whether an object with this key exists.
using HasObject = std::function<Result<bool>(const std::string& key)>;

struct KeySearch {
    std::optional<KeyKind> kind;  ///< what was found
    std::size_t tries = 0;
    std::optional<Error> stopped;  ///< the failure of `has_object` that ended the search
};

/// Finds out by trying how keys are made, where nothing can be listed. Tries metatile 0/0/0, which most tile sets have,
/// then others at `places`, in their order. Once a pattern makes a key that exists, goes deeper at the places until
/// nothing is found.
KeySearch search_keys(const KeyPattern& configured, std::span<const Coordinates> places, const HasObject& has_object);

}  // namespace tapalcatl::doctor
