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

/// Derives from existing keys the settings that make such keys.
namespace tapalcatl::doctor {

/// A metatile's key, split into its parts.
struct MetatileKey {
    KeyPattern pattern;
    TileId metatile;
};

/// Recognises a key by making it again. Hashes are computed, so a name that only looks like a hash is not one.
///
/// Several patterns may make the same key: without a hash, the layer could also be the end of the prefix. Returns the
/// pattern that differs least from `configured`. nullopt: no pattern makes the key.
std::optional<MetatileKey> recognise_key(std::string_view key, const KeyPattern& configured);

/// Whether both patterns make the same keys, even if they are written differently.
bool make_same_keys(const KeyPattern& a, const KeyPattern& b);

/// Metatiles whose keys have the same pattern.
struct KeyKind {
    KeyPattern pattern;
    std::vector<TileId> metatiles;  ///< never empty

    unsigned deepest_zoom() const;
};

/// The kinds among `keys`, the most frequent first. Keys that are not of metatiles are left out.
std::vector<KeyKind> survey_keys(std::span<const std::string> keys, const KeyPattern& configured);

/// The kind that is probably meant: the configured one; else one with the configured prefix; else the one whose prefix
/// sorts last, because names of builds mostly sort by date. Null if there is none. Lifetime: views `kinds`.
const KeyKind* choose_kind(std::span<const KeyKind> kinds, const KeyPattern& configured);

/// A few typical metatiles of a kind, the shallowest first, the deepest last.
std::vector<TileId> pick_metatiles(const KeyKind& kind);

/// For people: "PREFIX_HASH, prefix 20260901, layer all".
std::string describe(const KeyPattern& pattern);

/// The settings to change to go from one pattern to the other.
std::vector<Advice> key_advice(const KeyPattern& configured, const KeyPattern& wanted);

/// The folders that could be prefixes, because they are not hashes; without their slash.
std::vector<std::string> possible_prefixes(std::span<const std::string> folders);

}  // namespace tapalcatl::doctor
