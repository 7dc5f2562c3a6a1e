#pragma once

#include "doctor/diagnosis.hpp"
#include "tiles/metatile.hpp"
#include "tiles/tile_path.hpp"
#include "zip/directory.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Derives suitable settings from the directories of some archives.
namespace tapalcatl::doctor {

/// An archive whose directory was read.
struct SampledArchive {
    TileId metatile;
    std::uint64_t size = 0;  ///< in bytes
    std::shared_ptr<const zip::Directory> directory;
};

/// Statistics over some archives.
struct ArchiveSurvey {
    std::size_t archives = 0;
    std::uint64_t smallest = 0, largest = 0;     ///< bytes of an archive
    std::map<std::string, std::size_t> formats;  ///< entries of each
    std::size_t deflated = 0, stored = 0,
                unreadable = 0;              ///< entries; unreadable: damaged, encrypted or of an unsupported method
    std::size_t other_entries = 0;           ///< entries that are not named like a tile
    unsigned deepest_zoom = 0;               ///< of the metatiles
    std::optional<unsigned> deepest_offset;  ///< zoom of the deepest offset of all; nullopt: no tiles
    std::optional<unsigned> deepest_usual_offset;  ///< the same, over the metatiles above the deepest zoom
};

ArchiveSurvey survey_archives(std::span<const SampledArchive> archives);

/// The configured settings that concern archives.
struct ConfiguredTiles {
    MetatileScheme scheme;
    unsigned max_zoom = 16;  ///< in TileJSON
};

/// Deepest zoom of the tiles of `tile_size` (in 256 pixels) that metatiles down to `deepest_metatiles` hold.
unsigned deepest_tiles(unsigned deepest_metatiles, unsigned tile_size, const MetatileScheme& scheme);

/// The METATILE_SIZE that suits the archives. Entries may end above the smallest tiles, but cannot be deeper than them.
unsigned suitable_metatile_size(const ArchiveSurvey& survey, unsigned configured);

/// Compares the survey with the settings. The diagnoses: "metatile size", "formats", "archives", "zooms".
/// `has_deepest`: no metatile is deeper than `deepest_metatiles`, the deepest zoom in the listings.
std::vector<Diagnosis> diagnose_archives(const ArchiveSurvey& survey, const ConfiguredTiles& configured,
                                         unsigned deepest_metatiles, bool has_deepest);

/// A tile of an archive, as a client would request it.
struct RequestableTile {
    TilePath path;
    unsigned tile_size = 1;  ///< in 256 pixels
};

/// Finds a tile that a client can request. nullopt if `scheme` leads to none of the archive's entries.
std::optional<RequestableTile> find_tile(const SampledArchive& archive, const MetatileScheme& scheme);

}  // namespace tapalcatl::doctor
