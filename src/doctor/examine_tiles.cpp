#include "app/application.hpp"
#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "doctor/archive_survey.hpp"
#include "doctor/examination.hpp"
#include "doctor/key_search.hpp"
#include "source/archive.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::doctor {
namespace {

/// Limits the search for keys by reading, which takes one request for each key.
constexpr std::chrono::seconds search_time{10};

constexpr std::size_t max_shown = 8;

std::string joined(std::span<const std::string> names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), max_shown); ++i) {
        text += fmt::format("{}{}", i == 0 ? "" : ", ", printable(names[i]));
    }
    return names.size() > max_shown ? fmt::format("{} and {} more", text, names.size() - max_shown) : text;
}

class TileExamination {
 public:
    TileExamination(const Location& location, const ReachableStorage& reachable, Examination& examination)
        : location_(location),
          reachable_(reachable),
          examination_(examination),
          findings_(examination.findings),
          settings_(examination.settings) {}

    void run() {
        const auto found = find_keys();
        if (found) {
            read_archives(*found);
        }
        if (archives_.empty()) {
            // If nothing can be read at all, that setting would turn a refusal into a world without tiles.
            findings_.withdraw("TAPALCATL_MISSING_ON_403");
            return;
        }
        const auto survey = survey_archives(archives_);
        const ConfiguredTiles configured{settings_.metatiles, settings_.tilejson.max_zoom};
        findings_.add(
            diagnose_archives(survey, configured, std::max(found->deepest_zoom(), survey.deepest_zoom), has_deepest_));
        settings_.metatiles.metatile_size = suitable_metatile_size(survey, settings_.metatiles.metatile_size);
        read_tile();
    }

 private:
    std::optional<KeyKind> find_keys() {
        if (reachable_.lister != nullptr) {
            const auto sample = sample_keys(*reachable_.lister, settings_.keys);
            if (sample) {
                has_deepest_ = sample->has_deepest;
                return diagnose_sample(*sample);
            }
            findings_.add(reachable_.is_folder ? problem("listing", sample.error())
                                               : warning("listing", "failed: " + sample.error().message));
        }
        return search();
    }

    std::optional<KeyKind> diagnose_sample(const KeySample& sample) {
        const auto* kind = sample.chosen(settings_.keys);
        if (kind == nullptr) {
            auto finding = problem(
                "keys", fail(Errc::not_found, "no metatile among the {} keys that were listed", sample.keys_seen));
            if (!sample.prefixes.empty()) {
                finding = std::move(finding).with("prefixes at the root: " + joined(sample.prefixes));
            }
            findings_.add(std::move(finding));
            return std::nullopt;
        }
        diagnose_kind(*kind, fmt::format("{} of {} keys that were listed", kind->metatiles.size(), sample.keys_seen),
                      sample.prefixes);
        return *kind;
    }

    void diagnose_kind(const KeyKind& kind, const std::string& how_many, std::span<const std::string> prefixes) {
        auto& configured = settings_.keys;
        if (make_same_keys(kind.pattern, configured)) {
            findings_.add(ok("keys", fmt::format("{}: {}", describe(configured), how_many)));
            return;
        }
        auto finding = problem("keys", fail(Errc::not_found, "no key is made by {}; there are keys of {}: {}",
                                            describe(configured), describe(kind.pattern), how_many));
        if (kind.pattern.prefix != configured.prefix && prefixes.size() > 1) {
            finding =
                std::move(finding).with(fmt::format("S3_PREFIX is {}; prefixes in the storage: {}",
                                                    configured.prefix.empty() ? "empty" : "wrong", joined(prefixes)));
        }
        for (auto& advice : key_advice(configured, kind.pattern)) {
            finding = std::move(finding).with(std::move(advice));
        }
        findings_.add(std::move(finding));
        configured = kind.pattern;
    }

    std::optional<KeyKind> search() {
        auto found = search_with_current_access();
        auto& access = settings_.access;
        const bool may_be_about_paying = std::holds_alternative<BucketLocation>(location_) && access.missing_on_403 &&
                                         !access.requester_pays && !access.anonymous;
        if (!found.kind && !found.stopped && may_be_about_paying) {
            access.requester_pays = true;
            found = search_with_current_access();
            access.requester_pays = found.kind.has_value();
            if (found.kind) {
                findings_.add(
                    problem("requester pays", fail(Errc::denied, "access is denied unless the requester pays"))
                        .with("REQUESTER_PAYS=true agrees to that: AWS bills the account whose credentials these are")
                        .with(Advice{"REQUESTER_PAYS", "true"}));
            }
        }
        if (!found.kind) {
            report_failed_search(found);
            return std::nullopt;
        }
        diagnose_kind(*found.kind, fmt::format("found by {} reads", found.tries), {});
        return std::move(found.kind);
    }

    KeySearch search_with_current_access() {
        const auto storage = open();
        if (!storage) {
            return {{}, 0, storage.error()};
        }
        const auto& center = settings_.tilejson.center;
        const auto places = places_to_try({center.longitude, center.latitude});
        const auto end = std::chrono::steady_clock::now() + search_time;
        return search_keys(settings_.keys, places, [&](const std::string& key) -> Result<bool> {
            const auto deadline = std::min(examination_.time.step(), end);
            if (std::chrono::steady_clock::now() >= deadline) {
                return fail(Errc::timeout, "no time left");
            }
            const storage::Span first_byte{0, 1};
            const auto read = run_until_done(examination_.context, (*storage)->read(key, first_byte, {}, deadline));
            if (!read && read.error().code == Errc::not_found) {
                return false;
            }
            if (!read && read.error().code != Errc::corrupt) {
                return read.error();
            }
            return true;  // a corrupt object exists
        });
    }

    void report_failed_search(const KeySearch& search) {
        const bool is_late = search.stopped && search.stopped->code == Errc::timeout;
        if (search.stopped && !is_late) {
            findings_.add(problem("keys", *search.stopped));
            return;
        }
        auto finding = problem(
            "keys", fail(Errc::not_found, "no metatile found by {} reads with prefix \"{}\", in all layouts{}",
                         search.tries, printable(settings_.keys.prefix), is_late ? ", within the time limit" : ""));
        if (settings_.access.missing_on_403) {
            finding.code = Errc::denied;
            finding = std::move(finding).with(
                "is s3:GetObject allowed? If it is not, everything is a 403, which looks the same from here");
        }
        findings_.add(
            std::move(finding).with("is S3_PREFIX right? For a tile set of a region, set TAPALCATL_CENTER "
                                    "(longitude,latitude,zoom) to a point in it"));
    }

    void read_archives(const KeyKind& kind) {
        const auto storage = open();
        if (!storage) {
            findings_.add(problem("archives", storage.error()));
            return;
        }
        for (const auto& metatile : pick_metatiles(kind)) {
            const auto key = settings_.keys.key(metatile);
            auto head = run_until_done(examination_.context,
                                       source::read_head(**storage, key, {}, settings_.read, examination_.time.step()));
            if (!head) {
                findings_.add(problem("archives", head.error().within(printable(key))));
                continue;
            }
            archives_.push_back({metatile, head->version.size, head->directory});
        }
    }

    /// Reads a tile through all layers of the server.
    void read_tile() {
        constexpr std::string_view name = "tile";
        std::optional<RequestableTile> tile;
        for (auto archive = archives_.rbegin(); !tile && archive != archives_.rend(); ++archive) {
            tile = find_tile(*archive, settings_.metatiles);
        }
        if (!tile) {
            findings_.add(warning(name, "these settings lead to none of the entries in the examined archives"));
            return;
        }
        const auto as_served = app::Application::make(settings_, examination_.environment, examination_.context);
        if (!as_served) {
            findings_.add(problem("start", as_served.error()));
            return;
        }
        auto without_tier = settings_;  // a read from a folder or a Redis would not test the storage
        without_tier.cache.type = {};
        const auto application = app::Application::make(without_tier, examination_.environment, examination_.context);
        if (!application) {
            findings_.add(problem(name, application.error()));
            return;
        }
        const auto& tiles = (*application)->tiles();
        const source::TileRequest request{tile->path.tile, tile->tile_size * 256, tile->path.format};
        const auto place = tiles.locate(request);
        if (!place) {
            findings_.add(problem(name, place.error()));
            return;
        }
        const auto began = std::chrono::steady_clock::now();
        const auto found = run_until_done(examination_.context, tiles.read(request, examination_.time.step()));
        const auto took = std::chrono::steady_clock::now() - began;
        if (!found) {
            findings_.add(problem(name, found.error()));
            return;
        }
        const bool is_prescribed = findings_.problems() > 0;
        const auto text =
            fmt::format("{}.{} of {} px, {}, read in {} ms{}", to_string(tile->path.tile), printable(tile->path.format),
                        tile->tile_size * 256, human_size(found->validator.size),
                        std::chrono::duration_cast<std::chrono::milliseconds>(took).count(),
                        is_prescribed ? ", with the settings advised below" : "");
        if (is_compressed_twice(*place, found->validator.size)) {
            findings_.add(warning(name, text + "; compressed twice: gzip inside of the zip archive")
                              .with("the server sends the inner gzip; better put tiles into archives without gzip"));
            return;
        }
        findings_.add(ok(name, text));
    }

    /// Whether the entry of the tile is a gzip member: the server decodes it, so the tile and its entry differ in size.
    bool is_compressed_twice(const source::TilePlace& place, std::uint64_t size) const {
        return std::any_of(archives_.begin(), archives_.end(), [&](const SampledArchive& archive) {
            const auto* const entry = archive.directory->find(place.entry);
            return settings_.keys.key(archive.metatile) == place.key && entry != nullptr && entry->size != size;
        });
    }

    /// Opens the storage with the current settings. It is kept, because an abandoned read may still use it.
    Result<storage::Storage*> open() {
        if (storages_ == nullptr) {
            storages_ = std::make_unique<app::StorageFactory>(examination_.environment, examination_.context);
        }
        auto storage = storages_->open(location_, app::storage_access(settings_));
        if (!storage) {
            return storage.error();
        }
        opened_.push_back(std::move(*storage));
        return opened_.back().get();
    }

    const Location& location_;
    const ReachableStorage& reachable_;
    Examination& examination_;
    Diagnoses& findings_;
    Settings& settings_;
    std::unique_ptr<app::StorageFactory> storages_;
    std::vector<std::unique_ptr<storage::Storage>> opened_;
    std::vector<SampledArchive> archives_;
    bool has_deepest_ = false;
};

}  // namespace

void examine_tiles(const Location& location, const ReachableStorage& reachable, Examination& examination) {
    TileExamination(location, reachable, examination).run();
}

}  // namespace tapalcatl::doctor
