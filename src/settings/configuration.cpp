#include "settings/configuration.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "settings/file_tilesets.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <vector>

#include <unistd.h>

namespace tapalcatl {
namespace {

constexpr std::size_t max_text_length = 100;  // bounds the cost, which is quadratic
constexpr std::size_t max_edits = 2;

/// How many characters must be inserted, removed or replaced to make `a` into `b` (Levenshtein).
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto above = row[j + 1];
            row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

std::string_view nearest_word(std::string_view text, std::span<const std::string_view> words) {
    std::string_view nearest;
    auto fewest = max_edits + 1;
    if (text.size() > max_text_length) {
        return nearest;
    }
    for (const auto word : words) {
        const auto edits = edits_between(text, word);
        // A short word of which half is changed is another word.
        if (edits < fewest && edits * 2 < word.size()) {
            nearest = word;
            fewest = edits;
        }
    }
    return nearest;
}

std::string text_for_people(std::string_view value) {
    const auto parts = split_url(value);
    const bool is_web = parts && (iequals(parts->scheme, "https") || iequals(parts->scheme, "http"));
    return is_web ? url_for_people(value) + (parts->query ? "?***" : "") : printable(value);
}

namespace {

constexpr std::string_view own_prefix = "TAPALCATL_";

/// Whether Kubernetes puts this variable into the pods of a namespace that has a service named "tapalcatl".
bool is_service_link(std::string_view variable) {
    return variable.starts_with("TAPALCATL_SERVICE_") || variable.starts_with("TAPALCATL_PORT");
}

std::vector<std::string> misspelt_variables(const EnvironmentVariables& environment) {
    std::vector<std::string_view> known;
    for (const auto& setting : setting_table()) {
        known.push_back(setting.variable);
    }
    known.push_back("TAPALCATL_CONFIG");
    known.push_back("TAPALCATL_WATCH");
    std::vector<std::string> warnings;
    for (auto i = environment.lower_bound(std::string(own_prefix));
         i != environment.end() && i->first.starts_with(own_prefix); ++i) {
        const auto& name = i->first;
        if (std::find(known.begin(), known.end(), name) != known.end() || is_service_link(name)) {
            continue;
        }
        const auto nearest = nearest_word(name, known);
        warnings.push_back(
            nearest.empty() ? fmt::format("{}: unknown setting, ignored", printable(name))
                            : fmt::format("{}: unknown setting, ignored; did you mean {}?", printable(name), nearest));
    }
    return warnings;
}

/// `text` without blanks and line ends around it, as files and copied text often have them.
std::string_view stripped(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::string_view value_of(const Setting& setting, std::string_view text) {
    return setting.keeps_blanks ? text : stripped(text);
}

namespace {

/// Whether a value that is not 'true' may be meant to be true.
bool is_doubtful(std::string_view value) {
    constexpr std::array<std::string_view, 8> known{"true", "false", "0", "no", "n", "off", "f", ""};
    return std::none_of(known.begin(), known.end(), [&](std::string_view word) { return iequals(value, word); }) ||
           (value != "true" && iequals(value, "true"));
}

std::size_t row_of(std::string_view name) {
    const auto table = setting_table();
    const auto found = std::find_if(table.begin(), table.end(), [&](const Setting& s) { return s.name == name; });
    return static_cast<std::size_t>(found - table.begin());
}

Origin origin_in_file(const std::string& path, const Setting& setting, const FileValues::Value& value) {
    auto place = fmt::format("{}:{}", printable(path), value.line);
    auto given =
        fmt::format("{}: {}: '{}'", place, setting.name, setting.is_secret ? "..." : text_for_people(value.text));
    return {Origin::Kind::file, std::move(place), std::move(given)};
}

Origin origin_of(Origin::Kind kind, const Setting& setting, std::string_view value) {
    const auto shown = setting.is_secret ? std::string("...") : text_for_people(value);
    if (kind == Origin::Kind::flag) {
        return {kind, setting.flag(), fmt::format("{} '{}'", setting.flag(), shown)};
    }
    return {kind, std::string(setting.variable), fmt::format("{}='{}'", setting.variable, shown)};
}

/// Sets settings one after the other and records their origins.
class SettingWriter {
 public:
    explicit SettingWriter(Configuration& to) : to_(to) { to_.origins.resize(setting_table().size()); }

    /// Sets all `values`, but for those that `skip` says.
    template <class Skip>
    Result<void> set_all(const FileValues& values, const std::string& path, Skip skip) {
        const auto table = setting_table();
        for (std::size_t row = 0; row < table.size(); ++row) {
            const auto value = values.values.find(table[row].name);
            if (value == values.values.end() || skip(table[row])) {
                continue;
            }
            const auto done = set(row, value->second.text, origin_in_file(path, table[row], value->second));
            if (!done) {
                return done.error();
            }
        }
        return {};
    }

    Result<void> set(std::size_t row, std::string_view value, Origin::Kind kind) {
        return set(row, value, origin_of(kind, setting_table()[row], value));
    }

    Result<void> set(std::size_t row, std::string_view value, const Origin& origin) {
        const auto& setting = setting_table()[row];
        if (!setting.codec.set(value, to_.settings)) {
            const auto reason = setting.codec.reason ? setting.codec.reason(value) : std::string();
            return fail(Errc::usage, "{}: expected {}{}{}", origin.given, setting.codec.expected,
                        reason.empty() ? "" : "; ", reason);
        }
        if ((setting.name == "requester_pays" || setting.name == "include_hash") && is_doubtful(value)) {
            to_.warnings.push_back(fmt::format("{}: only 'true' means true, so this means false", origin.given));
        }
        to_.origins[row] = origin;
        if (!setting.same_member.empty()) {
            to_.origins[row_of(setting.same_member)] = origin;
        }
        return {};
    }

 private:
    Configuration& to_;
};

/// Moves Tilezen's default center into the tile set, if it is outside.
void move_inside(Settings::TileJson::Center& center, const Settings::TileJson& tilejson) {
    const auto& [west, south, east, north] = tilejson.bounds;
    if (center.longitude < west || center.longitude > east || center.latitude < south || center.latitude > north) {
        center.longitude = (west + east) / 2;
        center.latitude = (south + north) / 2;
    }
    center.zoom = std::clamp(center.zoom, tilejson.min_zoom, tilejson.max_zoom);
}

}  // namespace

EnvironmentVariables process_environment() {
    EnvironmentVariables environment;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

bool is_default(const Configuration& configuration, std::string_view name) {
    return configuration.origins[row_of(name)].kind == Origin::Kind::default_value;
}

std::string given_setting(const Configuration& configuration, std::string_view name) {
    const auto row = row_of(name);
    const auto& origin = configuration.origins[row];
    const auto& setting = setting_table()[row];
    return is_default(configuration, name) ? fmt::format("{} ({})", setting.variable, setting.flag()) : origin.given;
}

namespace {

/// What single values do not show.
Result<void> check_and_complete(Configuration& configuration) {
    if (!is_default(configuration, "storage") && !is_default(configuration, "s3_bucket")) {
        return fail(Errc::usage, "{} and {} both name a storage: expected only one of them",
                    given_setting(configuration, "storage"), given_setting(configuration, "s3_bucket"));
    }
    auto& tilejson = configuration.settings.tilejson;
    if (tilejson.min_zoom > tilejson.max_zoom) {
        const auto given = is_default(configuration, "min_zoom") ? "max_zoom" : "min_zoom";
        return fail(Errc::usage, "{}: zooms {} to {}: expected TAPALCATL_MIN_ZOOM to be at most TAPALCATL_MAX_ZOOM",
                    given_setting(configuration, given), tilejson.min_zoom, tilejson.max_zoom);
    }
    if (is_default(configuration, "center")) {
        move_inside(tilejson.center, tilejson);
    }
    return {};
}

void reset(Configuration& configuration, std::string_view name) {
    configuration.origins[row_of(name)] = {};
}

}  // namespace

Result<Configuration> with_file_values(const Configuration& server, const FileValues& values, const std::string& path) {
    auto own = server;
    own.tilesets.clear();
    own.sources.clear();
    if (values.values.contains("storage")) {
        own.settings.storage.s3_bucket.clear();
        reset(own, "s3_bucket");
    }
    if (values.values.contains("s3_bucket")) {
        own.settings.storage.location.reset();
        reset(own, "storage");
    }
    SettingWriter writer(own);
    const auto set = writer.set_all(values, path, [](const Setting&) { return false; });
    const auto whole = set ? check_and_complete(own) : set;
    if (!whole) {
        return whole.error();
    }
    return own;
}

Result<Configuration> configure(std::span<const SettingGroup> groups, const Flags& flags,
                                const EnvironmentVariables& environment, const ConfigFile* file) {
    const auto table = setting_table();
    const auto is_asked = [&](const Setting& setting) {
        return std::find(groups.begin(), groups.end(), setting.group) != groups.end();
    };
    // A setting that is given with higher precedence replaces an invalid one.
    const auto is_in_environment = [&](const Setting& setting) {
        const auto variable = environment.find(std::string(setting.variable));
        return variable != environment.end() &&
               !(value_of(setting, variable->second).empty() && setting.when_empty == WhenEmpty::unset);
    };

    Configuration configuration;
    SettingWriter writer(configuration);
    if (file != nullptr) {
        const auto set = writer.set_all(file->settings, file->path, [&](const Setting& setting) {
            return !is_asked(setting) || flags.contains(setting.name) || is_in_environment(setting);
        });
        if (!set) {
            return set.error();
        }
    }
    for (std::size_t row = 0; row < table.size(); ++row) {
        const auto& setting = table[row];
        if (!is_asked(setting) || flags.contains(setting.name) || !is_in_environment(setting)) {
            continue;
        }
        const auto variable = environment.find(std::string(setting.variable));
        const auto set = writer.set(row, value_of(setting, variable->second), Origin::Kind::variable);
        if (!set) {
            return set.error();
        }
    }
    for (std::size_t row = 0; row < table.size(); ++row) {
        const auto flag = flags.find(table[row].name);
        if (flag == flags.end()) {
            continue;
        }
        const auto set = writer.set(row, value_of(table[row], flag->second), Origin::Kind::flag);
        if (!set) {
            return set.error();
        }
    }

    const auto whole = check_and_complete(configuration);
    if (!whole) {
        return whole.error();
    }
    const auto& cache = configuration.settings.cache;
    if (cache.type.type == CacheType::filesystem && cache.folder.empty()) {
        return fail(Errc::usage, "{}: expected CACHE_DIR (--cache-dir) to name a folder",
                    given_setting(configuration, "cache_type"));
    }
    auto misspelt = misspelt_variables(environment);
    std::move(misspelt.begin(), misspelt.end(), std::back_inserter(configuration.warnings));
    if (!cache.type.instead.empty()) {
        configuration.warnings.push_back(fmt::format("{}: not supported, tiles are only cached in memory; use {}",
                                                     given_setting(configuration, "cache_type"), cache.type.instead));
    }
    if (file != nullptr) {
        const auto added = add_tilesets(configuration, *file);
        if (!added) {
            return added.error();
        }
    }
    return configuration;
}

Result<Location> storage_location(const Settings& settings) {
    const auto& storage = settings.storage;
    if (storage.location) {
        return *storage.location;
    }
    if (storage.s3_bucket.empty()) {
        return fail(Errc::usage,
                    "no storage is named: expected S3_BUCKET=name, or TAPALCATL_STORAGE (--storage) with file:///path, "
                    "s3://bucket/prefix or https://host/path");
    }
    return BucketLocation{storage.s3_bucket, {}};
}

}  // namespace tapalcatl
