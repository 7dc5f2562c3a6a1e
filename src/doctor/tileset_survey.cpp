#include "doctor/tileset_survey.hpp"

#include "app/storage_access.hpp"
#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "doctor/archive_survey.hpp"
#include "doctor/key_search.hpp"
#include "doctor/open_lister.hpp"
#include "source/archive.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <variant>
#include <vector>

namespace tapalcatl::doctor {
namespace {

/// If the deepest zoom is not certain, no tile down to this one is refused without a look.
constexpr unsigned usual_max_zoom = 16;

/// The middle of a tile.
source::TilesetDescription::Center center_of(TileId tile) {
    const double edge = std::exp2(tile.z);
    const double north = std::numbers::pi * (1 - 2 * (tile.y + 0.5) / edge);
    return {(tile.x + 0.5) / edge * 360 - 180, std::atan(std::sinh(north)) * 180 / std::numbers::pi, tile.z};
}

/// The formats that were seen; mvt and those that are seen most come first.
std::vector<source::TileFormat> formats_of(const ArchiveSurvey& survey) {
    std::vector<std::pair<std::string, std::size_t>> seen(survey.formats.begin(), survey.formats.end());
    std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
        const bool a_is_mvt = a.first == "mvt";
        const bool b_is_mvt = b.first == "mvt";
        return a_is_mvt != b_is_mvt ? a_is_mvt : std::pair(b.second, a.first) < std::pair(a.second, b.first);
    });
    std::vector<source::TileFormat> formats;
    for (auto& [extension, count] : seen) {
        formats.push_back({std::move(extension), {}});
    }
    return formats;
}

class TilesetSurveyor {
 public:
    TilesetSurveyor(std::string name, const Location& location, const Configuration& configuration,
                    app::StorageFactory& storages, boost::asio::io_context& context, SteadyTime deadline)
        : location_(location),
          configuration_(configuration),
          settings_(configuration.settings),
          storages_(storages),
          context_(context),
          deadline_(deadline) {
        tileset_.name = std::move(name);
        tileset_.settings = settings_;
        tileset_.settings.storage.location = location;
        tileset_.settings.storage.s3_bucket.clear();
    }

    Result<TilesetSettings> run() {
        auto storage = storages_.open(location_, app::storage_access(settings_));
        if (!storage) {
            return storage.error();
        }
        storage_ = std::move(*storage);
        const auto kind = find_keys();
        if (!kind) {
            return kind.error();
        }
        tileset_.settings.keys = kind->pattern;
        const auto archives = read_archives(*kind);
        if (!archives) {
            return archives.error();
        }
        const auto survey = survey_archives(*archives);
        if (!survey.deepest_offset) {
            return fail(Errc::unsupported, "no entry of {} archives is named like a tile, such as 0/0/0.mvt",
                        survey.archives);
        }
        describe(survey, *kind);
        return std::move(tileset_);
    }

 private:
    bool is_given(std::string_view name) const { return !is_default(configuration_, name); }

    bool are_keys_given() const {
        return is_given("s3_prefix") || is_given("s3_layer") || is_given("key_format_type") || is_given("include_hash");
    }

    Result<KeyKind> find_keys() {
        auto lister = open_lister(location_, app::storage_access(settings_), storages_, context_,
                                  [deadline = deadline_] { return deadline; });
        if (!lister) {
            return lister.error();
        }
        if (*lister == nullptr) {
            return search();
        }
        const auto sample = sample_keys(**lister, settings_.keys);
        if (!sample) {
            return sample.error().code == Errc::denied ? search() : sample.error();
        }
        const auto* kind = sample->chosen(settings_.keys);
        if (kind == nullptr || (are_keys_given() && !make_same_keys(kind->pattern, settings_.keys))) {
            return no_metatiles(fmt::format("among {} keys that were listed", sample->keys_seen));
        }
        has_deepest_ = sample->has_deepest;
        return *kind;
    }

    Result<KeyKind> search() {
        const auto& center = settings_.tilejson.center;
        const auto places = places_to_try({center.longitude, center.latitude});
        auto found = search_keys(settings_.keys, places, [this](const std::string& key) { return has_object(key); });
        if (found.kind) {
            return std::move(*found.kind);
        }
        return found.stopped ? *found.stopped : no_metatiles(fmt::format("by {} reads", found.tries));
    }

    Result<bool> has_object(const std::string& key) {
        const storage::Span first_byte{0, 1};
        const auto read = run_until_done(context_, storage_->read(key, first_byte, {}, deadline_));
        if (!read && read.error().code == Errc::not_found) {
            return false;
        }
        if (!read && read.error().code != Errc::corrupt) {
            return read.error();
        }
        return true;  // a corrupt object exists
    }

    Error no_metatiles(const std::string& how) const {
        return fail(Errc::not_found, "no metatile found {}{}: expected keys like all/0/0/0.zip", how,
                    are_keys_given() ? " with " + doctor::describe(settings_.keys) : "");
    }

    Result<std::vector<SampledArchive>> read_archives(const KeyKind& kind) {
        std::vector<SampledArchive> archives;
        for (const auto& metatile : pick_metatiles(kind)) {
            const auto key = tileset_.settings.keys.key(metatile);
            auto head = run_until_done(context_, source::read_head(*storage_, key, {}, settings_.read, deadline_));
            if (!head) {
                return head.error().within(printable(key));
            }
            archives.push_back({metatile, head->version.size, head->directory});
        }
        return archives;
    }

    void describe(const ArchiveSurvey& survey, const KeyKind& kind) {
        if (!is_given("metatile_size")) {
            tileset_.settings.metatiles.metatile_size = 1U << *survey.deepest_offset;
        }
        auto& description = tileset_.description;
        const auto& tilejson = settings_.tilejson;
        description.name = is_given("name") ? tilejson.name : tileset_.name;
        // Tilezen's metatiles are made of OpenStreetMap.
        const bool is_vector = survey.formats.contains("mvt");
        description.attribution = is_vector || is_given("attribution") ? tilejson.attribution : std::string();
        description.bounds = is_given("bounds") ? tilejson.bounds : world_bounds;
        description.min_zoom = tilejson.min_zoom;
        description.formats = formats_of(survey);
        const auto deepest = std::max(kind.deepest_zoom(), survey.deepest_zoom);
        description.scales.clear();
        for (unsigned scale = 1; scale <= tileset_.settings.metatiles.metatile_size; scale *= 2) {
            const auto seen = deepest_tiles(deepest, scale, tileset_.settings.metatiles);
            const auto max_zoom = has_deepest_ ? seen : std::max(seen, usual_max_zoom);
            description.scales.push_back({scale, is_given("max_zoom") ? tilejson.max_zoom : max_zoom});
        }
        const auto& center = tilejson.center;
        description.center = is_given("center")
                                 ? source::TilesetDescription::Center{center.longitude, center.latitude, center.zoom}
                                 : center_of(deepest_in_the_middle(kind));
    }

    /// Of the deepest metatiles, the one in the middle.
    static TileId deepest_in_the_middle(const KeyKind& kind) {
        std::vector<TileId> deepest;
        std::copy_if(kind.metatiles.begin(), kind.metatiles.end(), std::back_inserter(deepest),
                     [zoom = kind.deepest_zoom()](TileId tile) { return tile.z == zoom; });
        const auto middle = deepest.begin() + static_cast<std::ptrdiff_t>(deepest.size() / 2);
        std::nth_element(deepest.begin(), middle, deepest.end(),
                         [](TileId a, TileId b) { return std::pair(a.x, a.y) < std::pair(b.x, b.y); });
        return *middle;
    }

    TilesetSettings tileset_;
    const Location& location_;
    const Configuration& configuration_;
    const Settings& settings_;
    app::StorageFactory& storages_;
    boost::asio::io_context& context_;
    SteadyTime deadline_;
    std::unique_ptr<storage::Storage> storage_;
    bool has_deepest_ = false;
};

}  // namespace

Result<TilesetSettings> survey_tileset(std::string name, const Location& location, const Configuration& configuration,
                                       app::StorageFactory& storages, boost::asio::io_context& context,
                                       SteadyTime deadline) {
    return TilesetSurveyor(std::move(name), location, configuration, storages, context, deadline).run();
}

std::string describe(const TilesetSettings& tileset) {
    const auto& description = tileset.description;
    std::string formats;
    for (const auto& format : description.formats) {
        formats += fmt::format("{}{}", formats.empty() ? "" : ", ", printable(format.extension));
    }
    const auto size = tileset.settings.metatiles.metatile_size;
    return fmt::format("{}; metatiles of {} by {} tiles; {}; zooms {} to {}", describe(tileset.settings.keys), size,
                       size, formats, description.min_zoom, description.max_zoom());
}

}  // namespace tapalcatl::doctor
