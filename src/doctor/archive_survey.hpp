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

/// From the directories of some archives to the settings that suit them.
namespace tapalcatl::doctor {

/// An archive whose directory was read.
struct SeenArchive {
    TileId metatile;
    std::uint64_t size = 0;  ///< in bytes
    std::shared_ptr<const zip::Directory> directory;
};

/// What some archives have in common.
struct ArchiveSurvey {
    std::size_t archives = 0;
    std::uint64_t smallest = 0, largest = 0;               ///< bytes of an archive
    std::map<std::string, std::size_t> formats;            ///< entries of each
    std::size_t deflated = 0, stored = 0, unreadable = 0;  ///< entries; unreadable are encrypted, or of other methods
    std::size_t strangers = 0;                             ///< entries that are no tiles
    unsigned deepest_zoom = 0;                             ///< of the metatiles
    std::optional<unsigned> deepest_offset;        ///< zoom of the deepest offset of all; nullopt: there are no tiles
    std::optional<unsigned> deepest_usual_offset;  ///< the same, of metatiles above the deepest zoom
};

ArchiveSurvey survey_archives(std::span<const SeenArchive> archives);

/// What was configured, as far as it concerns archives.
struct ConfiguredTiles {
    MetatileScheme scheme;
    unsigned max_zoom = 16;  ///< that TileJSON says
};

/// Deepest zoom of the tiles of `tile_size` (in 256 pixels) that metatiles down to `deepest_metatiles` hold.
unsigned deepest_tiles(unsigned deepest_metatiles, unsigned tile_size, const MetatileScheme& scheme);

/// METATILE_SIZE as it should be. Entries may end above the smallest tiles, but cannot go below them.
unsigned suitable_metatile_size(const ArchiveSurvey& survey, unsigned configured);

/// What the survey means for the settings: "metatile size", "formats", "archives", "zooms".
/// `has_deepest`: there are no deeper metatiles than those that were seen in listings, down to `deepest_metatiles`.
std::vector<Diagnosis> judge_archives(const ArchiveSurvey& survey, const ConfiguredTiles& configured,
                                      unsigned deepest_metatiles, bool has_deepest);

/// A tile that the archive has, as a client would ask for it.
struct AskableTile {
    TilePath path;
    unsigned tile_size = 1;  ///< in 256 pixels
};

/// nullopt: `scheme` finds none of its entries.
std::optional<AskableTile> tile_in(const SeenArchive& archive, const MetatileScheme& scheme);

}  // namespace tapalcatl::doctor
