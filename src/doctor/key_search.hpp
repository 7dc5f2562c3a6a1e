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

/// What a look into a storage showed.
struct KeySample {
    std::vector<KeyKind> kinds;
    std::size_t keys_seen = 0;          ///< metatiles' or not
    std::vector<std::string> prefixes;  ///< that there may be beside the configured one; only where that has nothing
    bool has_deepest = false;           ///< the deepest metatiles are sure to be among those that were seen

    /// As choose_kind(). Lifetime: views this.
    const KeyKind* chosen(const KeyPattern& configured) const { return choose_kind(kinds, configured); }
};

/// Looks for metatiles: under the configured prefix, else anywhere, with a few listings.
/// Fails: as Lister::list(), if the first of them does.
Result<KeySample> sample_keys(Lister& lister, const KeyPattern& configured);

/// Degrees of longitude and latitude.
struct Place {
    double longitude;
    double latitude;
};

/// The metatile of `zoom` at a place. Requires: zoom < 32.
TileId metatile_at(Place place, unsigned zoom);

/// Cities on all continents: a tile set of the world has them, one of a region mostly one of them.
std::span<const Place> well_known_places();

/// Patterns worth trying: the configured one, then with other layouts and layers. No two make the same keys.
std::vector<KeyPattern> patterns_to_try(const KeyPattern& configured);

/// Whether there is an object under the key.
using HasObject = std::function<Result<bool>(const std::string& key)>;

struct KeySearch {
    std::optional<KeyKind> kind;  ///< what was found
    std::size_t tries = 0;
    std::optional<Error> stopped;  ///< by a failure, as of `has_object`
};

/// Tries metatile 0/0/0, which most tile sets have, then others at `places`, the first first. With a pattern that makes
/// a key that is there, goes deeper at the places until there is nothing.
KeySearch search_keys(const KeyPattern& configured, std::span<const Place> places, const HasObject& has_object);

}  // namespace tapalcatl::doctor
