#include "doctor/archive_survey.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <bit>

namespace tapalcatl::doctor {
namespace {

/// METATILE_SIZE goes up to 1024.
constexpr unsigned deepest_known_offset = 10;

/// The routes serve no deeper zoom.
constexpr unsigned deepest_served = 16;

/// An entry's name as an offset; nullopt if it is not named like a tile.
std::optional<TilePath> offset_of(std::string_view name) {
    auto path = parse_tile_path(name);
    if (!path || path->tile.z > deepest_known_offset) {
        return std::nullopt;
    }
    return std::move(*path);
}

void raise(std::optional<unsigned>& maximum, unsigned value) {
    maximum = std::max(maximum.value_or(0), value);
}

void survey_entry(const zip::Entry& entry, ArchiveSurvey& survey) {
    const bool is_deflated = entry.method == static_cast<std::uint16_t>(zip::Method::deflated);
    if (!zip::check_readable(entry)) {
        ++survey.unreadable;
    } else {
        ++(is_deflated ? survey.deflated : survey.stored);
    }
}

unsigned log2_of(unsigned power) {
    return static_cast<unsigned>(std::countr_zero(power));
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

Diagnosis diagnose_size(const ArchiveSurvey& survey, const ConfiguredTiles& configured) {
    constexpr std::string_view name = "metatile size";
    const auto seen = 1U << *survey.deepest_offset;
    const auto size = configured.scheme.metatile_size;
    const auto looked_at = plural(survey.archives, "examined archive", "examined archives");
    if (seen > size) {
        return problem(name, fail(Errc::usage, "METATILE_SIZE is {}, but entries reach offset zoom {} in {}", size,
                                  *survey.deepest_offset, looked_at))
            .with(fmt::format("these metatiles have {0} by {0} tiles: set METATILE_SIZE={0}", seen))
            .with(Advice{"METATILE_SIZE", std::to_string(seen)});
    }
    if (seen == size) {
        return ok(name, fmt::format("{}, as in {}", size, looked_at));
    }
    // Which of the two is the case can only be seen inside the tiles.
    return warning(name, fmt::format("METATILE_SIZE is {}, but entries end at offset zoom {} in {}", size,
                                     *survey.deepest_offset, looked_at))
        .with(fmt::format("this is right if the archives have no tiles of {} pixels; otherwise set METATILE_SIZE={}",
                          256 * size / seen / 2, seen));
}

Diagnosis diagnose_formats(const ArchiveSurvey& survey) {
    std::string formats;
    for (const auto& [format, count] : survey.formats) {
        formats += fmt::format("{}{}", formats.empty() ? "" : ", ", printable(format));
    }
    constexpr std::string_view name = "formats";
    if (survey.unreadable > 0) {
        return problem(name, fail(Errc::unsupported, "{}; {} damaged, encrypted or compressed by an unsupported method",
                                  formats, plural(survey.unreadable, "entry is", "entries are")))
            .with("`tapalcatl ls` lists them; write metatiles with deflate");
    }
    if (survey.stored > 0) {
        return warning(name, fmt::format("{}; {} of {} entries are stored without compression, so more bytes are read",
                                         formats, survey.stored, survey.stored + survey.deflated));
    }
    return ok(name, formats + "; all entries are deflated and can be sent as they are");
}

Diagnosis diagnose_zooms(const ArchiveSurvey& survey, const ConfiguredTiles& configured, unsigned deepest,
                         bool has_deepest) {
    const auto& scheme = configured.scheme;
    std::string reach;
    for (unsigned size = 1; size <= std::min(scheme.metatile_size, 2U); size *= 2) {
        reach += fmt::format("{}{} px up to zoom {}", reach.empty() ? "" : ", ", 256 * size,
                             std::min(deepest_tiles(deepest, size, scheme), deepest_served));
    }
    const auto text =
        fmt::format("metatiles {} zoom {}: tiles of {}", has_deepest ? "up to" : "seen up to", deepest, reach);
    if (scheme.max_detail_zoom && *scheme.max_detail_zoom < deepest) {
        return problem("zooms",
                       fail(Errc::usage, "{}; METATILE_MAX_DETAIL_ZOOM is {}, so deeper metatiles are never read", text,
                            *scheme.max_detail_zoom))
            .with(Advice{"METATILE_MAX_DETAIL_ZOOM", std::to_string(deepest)});
    }
    auto with_detail = scheme;
    with_detail.max_detail_zoom = deepest;
    const auto max_zoom = std::min(deepest_tiles(deepest, 1, with_detail), deepest_served);
    const bool is_large = scheme.metatile_size > 1;
    const bool gains = is_large && std::min(deepest_tiles(deepest, 2, scheme), deepest_served) < max_zoom;
    const bool is_deeper_there = survey.deepest_usual_offset && survey.deepest_zoom == deepest &&
                                 *survey.deepest_offset > *survey.deepest_usual_offset;
    auto finding = ok("zooms", text);
    if (has_deepest && gains && scheme.max_detail_zoom != deepest) {
        finding =
            warning("zooms", text)
                .with(fmt::format(
                    "METATILE_MAX_DETAIL_ZOOM={} makes larger tiles available up to zoom {} too{}", deepest, max_zoom,
                    is_deeper_there ? ": the deepest metatiles have the smaller tiles that this needs" : ""))
                .with(Advice{"METATILE_MAX_DETAIL_ZOOM", std::to_string(deepest)});
    }
    if (has_deepest && configured.max_zoom > max_zoom) {
        finding.severity = Severity::warning;
        return std::move(finding)
            .with(fmt::format("TileJSON announces zoom {}: set TAPALCATL_MAX_ZOOM={}", configured.max_zoom, max_zoom))
            .with(Advice{"TAPALCATL_MAX_ZOOM", std::to_string(max_zoom)});
    }
    return finding;
}

}  // namespace

ArchiveSurvey survey_archives(std::span<const SampledArchive> archives) {
    ArchiveSurvey survey;
    for (const auto& archive : archives) {
        survey.deepest_zoom = std::max(survey.deepest_zoom, archive.metatile.z);
    }
    for (const auto& archive : archives) {
        survey.smallest = survey.archives == 0 ? archive.size : std::min(survey.smallest, archive.size);
        survey.largest = std::max(survey.largest, archive.size);
        ++survey.archives;
        for (const auto& entry : archive.directory->entries()) {
            const auto offset = offset_of(entry.name);
            if (!offset) {
                ++survey.other_entries;
                continue;
            }
            ++survey.formats[offset->format];
            survey_entry(entry, survey);
            raise(survey.deepest_offset, offset->tile.z);
            if (archive.metatile.z < survey.deepest_zoom) {
                raise(survey.deepest_usual_offset, offset->tile.z);
            }
        }
    }
    return survey;
}

unsigned deepest_tiles(unsigned deepest_metatiles, unsigned tile_size, const MetatileScheme& scheme) {
    const auto deepest_offset = log2_of(scheme.metatile_size);
    const bool has_detail = scheme.max_detail_zoom && *scheme.max_detail_zoom <= deepest_metatiles;
    return deepest_metatiles + deepest_offset - (has_detail ? 0 : log2_of(tile_size));
}

unsigned suitable_metatile_size(const ArchiveSurvey& survey, unsigned configured) {
    return std::max(configured, 1U << survey.deepest_offset.value_or(0));
}

std::vector<Diagnosis> diagnose_archives(const ArchiveSurvey& survey, const ConfiguredTiles& configured,
                                         unsigned deepest_metatiles, bool has_deepest) {
    const auto sizes = survey.smallest == survey.largest
                           ? human_size(survey.largest)
                           : fmt::format("{} to {}", human_size(survey.smallest), human_size(survey.largest));
    auto archives = ok("archives", fmt::format("{} examined, of {}", survey.archives, sizes));
    if (!survey.deepest_offset) {
        return {std::move(archives),
                problem("formats", fail(Errc::unsupported, "no entry is named like a tile"))
                    .with("expected names like 0/0/0.mvt; `tapalcatl ls` lists the names in an archive")};
    }
    if (survey.other_entries > 0) {
        archives = warning("archives", fmt::format("{}; {} not named like a tile", archives.text,
                                                   plural(survey.other_entries, "entry is", "entries are")));
    }
    auto suitable = configured;
    suitable.scheme.metatile_size = suitable_metatile_size(survey, configured.scheme.metatile_size);
    std::vector<Diagnosis> findings;
    findings.push_back(std::move(archives));
    findings.push_back(diagnose_formats(survey));
    findings.push_back(diagnose_size(survey, configured));
    findings.push_back(diagnose_zooms(survey, suitable, deepest_metatiles, has_deepest));
    return findings;
}

std::optional<RequestableTile> find_tile(const SampledArchive& archive, const MetatileScheme& scheme) {
    const auto deepest_offset = log2_of(scheme.metatile_size);
    const auto& metatile = archive.metatile;
    std::optional<RequestableTile> best;
    for (const auto& entry : archive.directory->entries()) {
        const auto offset = offset_of(entry.name);
        if (!offset || offset->tile.z > deepest_offset || entry.is_encrypted()) {
            continue;
        }
        const auto depth = offset->tile.z;
        const TileId id{metatile.z + depth, (metatile.x << depth) + offset->tile.x,
                        (metatile.y << depth) + offset->tile.y};
        const auto tile_size = 1U << (deepest_offset - depth);
        // 512 pixels are preferred to larger tiles, which few clients request.
        if (id.z > deepest_served || (best && (tile_size < 2 || tile_size >= best->tile_size))) {
            continue;
        }
        const auto address = locate(id, tile_size, scheme);
        if (address && address->metatile == metatile && address->offset == offset->tile) {
            best = RequestableTile{{id, offset->format}, tile_size};
        }
    }
    return best;
}

}  // namespace tapalcatl::doctor
