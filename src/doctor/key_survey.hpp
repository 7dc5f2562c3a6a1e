#pragma once

#include "doctor/diagnosis.hpp"
#include "tiles/key_pattern.hpp"
#include "tiles/metatile.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// From keys that somebody else has made to the settings that make them.
namespace tapalcatl::doctor {

/// A metatile's key, taken apart.
struct MetatileKey {
    KeyPattern pattern;
    TileId metatile;
};

/// Recognises a key by making it again: hashes are computed, so what only looks like one is none.
///
/// Where several patterns make the key, as without a hash the layer may as well be the end of the prefix, the one that
/// differs least from `configured` is answered. nullopt: no pattern makes it.
std::optional<MetatileKey> recognise_key(std::string_view key, const KeyPattern& configured);

/// Whether both make the same keys, which patterns that are spelt differently may do.
bool make_same_keys(const KeyPattern& a, const KeyPattern& b);

/// Metatiles whose keys are made alike.
struct KeyKind {
    KeyPattern pattern;
    std::vector<TileId> metatiles;  ///< never empty

    unsigned deepest_zoom() const;
};

/// The kinds that are among `keys`, the most frequent first. What is no metatile's key is left out.
std::vector<KeyKind> survey_keys(std::span<const std::string> keys, const KeyPattern& configured);

/// The kind that is meant: the configured one; else one with the configured prefix; else, as names of builds mostly
/// sort by date, the one whose prefix sorts last. Null if there is none. Lifetime: views `kinds`.
const KeyKind* choose_kind(std::span<const KeyKind> kinds, const KeyPattern& configured);

/// A few metatiles of a kind that show what all are like: the shallowest first, deepest ones last.
std::vector<TileId> pick_metatiles(const KeyKind& kind);

/// For people: "PREFIX_HASH, prefix 20260901, layer all".
std::string describe(const KeyPattern& pattern);

/// What to set to go from one pattern to the other.
std::vector<Advice> key_advice(const KeyPattern& configured, const KeyPattern& wanted);

/// Names of folders that could be prefixes: no hashes, without their slash.
std::vector<std::string> possible_prefixes(std::span<const std::string> folders);

}  // namespace tapalcatl::doctor
