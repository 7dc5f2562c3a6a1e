#include "settings/file_tilesets.hpp"

#include "base/text.hpp"
#include "settings/location.hpp"
#include "settings/tileset_settings.hpp"
#include "source/tile_headers.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl {
namespace {

/// The description that a tileset's settings give.
source::TilesetDescription described(const Configuration& configuration, const FileTileset& tileset) {
    auto description = description_of(configuration.settings);
    if (is_default(configuration, "name")) {
        description.name = tileset.name;
    }
    description.description = tileset.description;
    if (!tileset.formats.empty()) {
        description.formats = tileset.formats;
    }
    return description;
}

/// Adds `headers` over those that there are.
void add_headers(Settings& settings, const source::HeaderList& headers) {
    auto& all = settings.answers.headers;
    if (!headers.empty()) {
        all = std::make_shared<const source::TileHeaders>(all != nullptr ? source::merged(all->fields, headers)
                                                                         : headers);
    }
}

/// The sources of a file by their names.
using Sources = std::map<std::string_view, std::shared_ptr<const SourceSettings>>;

Result<SourceSettings> configure_source(const Configuration& server, const FileSource& source,
                                        const std::string& path) {
    const auto line = fmt::format("{}:{}: source '{}'", printable(path), source.line, printable(source.name));
    auto own = with_file_values(server, source.settings, path);
    const auto location = own ? storage_location(own->settings) : Result<Location>(own.error());
    if (!location) {
        return location.error().within(line);
    }
    if (auto place = *location; !take_document(place).empty()) {
        return fail(Errc::usage,
                    "{} is a Tapalcatl 2 tileset with a description of its own: expected a place of "
                    "metatiles, or this as the 'storage' of a tileset",
                    url_of(*location))
            .within(line);
    }
    return SourceSettings{source.name, std::move(own->settings)};
}

/// A tileset whose storages are those of `sources`. Its tiles are as large as the largest metatile of them allows.
/// Requires: each source of the tileset is one of `sources`.
TilesetSettings configure_ordered(Configuration own, const FileTileset& tileset, const Sources& sources) {
    TilesetSettings ordered{tileset.name, {}, {}, {}};
    ordered.on_failure = tileset.on_failure;
    ordered.routes = tileset.routes;
    auto& size = own.settings.metatiles.metatile_size;
    size = 1;
    for (const auto& name : tileset.sources) {
        const auto& source = sources.at(name);
        size = std::max(size, source->settings.metatiles.metatile_size);
        ordered.sources.push_back(source);
    }
    ordered.description = described(own, tileset);
    ordered.settings = std::move(own.settings);
    return ordered;
}

/// A Tapalcatl 2 tileset has no prefix and no layer that a route could replace. Fails: usage.
Result<void> check_routes_of_document(const FileTileset& tileset, const std::string& path) {
    for (const auto& route : tileset.routes) {
        if (route.replaces_keys()) {
            return fail(Errc::usage,
                        "{}:{}: tileset '{}': route '{}' has {{prefix}} or {{layer}}, but the meta.json says "
                        "where its archives are",
                        printable(path), tileset.line, printable(tileset.name), printable(route.text()));
        }
    }
    return {};
}

/// The settings of the server with those in which the tileset differs.
Result<TilesetSettings> configure_tileset(const Configuration& server, const FileTileset& tileset,
                                          const Sources& sources, const std::string& path) {
    auto own = with_file_values(server, tileset.settings, path);
    if (own) {
        add_headers(own->settings, tileset.headers);
    }
    if (own && !tileset.sources.empty()) {
        return configure_ordered(std::move(*own), tileset, sources);
    }
    const auto location = own ? storage_location(own->settings) : Result<Location>(own.error());
    if (!location) {
        const auto place = fmt::format("{}:{}: tileset '{}'", printable(path), tileset.line, printable(tileset.name));
        return location.error().within(place);
    }
    auto& storage = own->settings.storage.location;
    auto meta_key = storage ? take_document(*storage) : std::string();
    auto description = meta_key.empty() ? described(*own, tileset) : source::TilesetDescription();
    if (!meta_key.empty()) {
        const auto checked = check_routes_of_document(tileset, path);
        if (!checked) {
            return checked.error();
        }
    }
    TilesetSettings configured{tileset.name, std::move(meta_key), std::move(own->settings), std::move(description)};
    configured.routes = tileset.routes;
    return configured;
}

/// The sources of the file by their names. Fails: usage, with a line for each source that is wrong.
Result<Sources> configure_sources(const Configuration& server, const ConfigFile& file) {
    Sources sources;
    std::vector<std::string> faults;
    for (const auto& source : file.sources) {
        auto configured = configure_source(server, source, file.path);
        if (configured) {
            sources.emplace(source.name, std::make_shared<const SourceSettings>(std::move(*configured)));
        } else {
            faults.push_back(configured.error().message);
        }
    }
    if (!faults.empty()) {
        return error_of_faults(faults, file.path);
    }
    return sources;
}

}  // namespace

Result<void> add_tilesets(Configuration& configuration, const ConfigFile& file) {
    add_headers(configuration.settings, file.headers);
    const auto sources = configure_sources(configuration, file);
    if (!sources) {
        return sources.error();
    }
    std::vector<TilesetSettings> tilesets;
    std::vector<std::string> faults;
    for (const auto& tileset : file.tilesets) {
        auto configured = configure_tileset(configuration, tileset, *sources, file.path);
        if (configured) {
            tilesets.push_back(std::move(*configured));
        } else {
            faults.push_back(configured.error().message);
        }
    }
    if (!faults.empty()) {
        return error_of_faults(faults, file.path);
    }
    configuration.tilesets = std::move(tilesets);
    for (const auto& source : file.sources) {
        configuration.sources.push_back(sources->at(source.name));
    }
    configuration.warnings.insert(configuration.warnings.end(), file.warnings.begin(), file.warnings.end());
    return {};
}

}  // namespace tapalcatl
