#include "cli/tileset_argument.hpp"

#include "app/storage_factory.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "doctor/tileset_survey.hpp"
#include "service/tilesets.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace tapalcatl::cli {
namespace {

/// For looking at one tileset.
constexpr std::chrono::seconds survey_time{20};

std::string_view last_part(std::string_view path) {
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path.substr(path.rfind('/') + 1);
}

/// The name that a location gives to its tileset; what names cannot have becomes '-'.
std::string name_of(const Location& location) {
    std::string name;
    if (const auto* folder = std::get_if<FolderLocation>(&location)) {
        name = last_part(folder->path);
    } else if (const auto* bucket = std::get_if<BucketLocation>(&location)) {
        name = bucket->prefix.empty() ? std::string_view(bucket->bucket) : last_part(bucket->prefix);
    } else {
        const auto& url = std::get<WebLocation>(location).url;
        const auto path = std::string_view(url.target).substr(0, url.target.find('?'));
        name = last_part(path).empty() ? std::string_view(url.host) : last_part(path);
    }
    for (auto& c : name) {
        if (!service::is_tileset_name(fmt::format("a{}", c))) {
            c = '-';
        }
    }
    return name;
}

/// The name at the start of "NAME=PLACE"; empty if there is none.
std::string_view given_name(std::string_view argument) {
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals == std::string_view::npos ? 0 : equals);
    return service::is_tileset_name(name) ? name : std::string_view();
}

/// A tileset is named after its folder, and after its document where that has a name of its own.
TilesetArgument named(std::string_view name, Location location) {
    auto key = take_document(location);
    std::string made(name);
    if (made.empty()) {
        const bool is_usual = key.empty() || key == "meta.json";
        made =
            is_usual ? name_of(location) : name_of(FolderLocation{key.substr(0, key.size() - document_suffix.size())});
    }
    return {std::move(made), std::move(location), std::move(key)};
}

}  // namespace

Result<TilesetArgument> parse_tileset_argument(std::string_view argument) {
    const auto name = given_name(argument);
    const auto place = name.empty() ? argument : argument.substr(name.size() + 1);
    if (place.find("://") != std::string_view::npos) {
        auto location = parse_location(place);
        if (!location) {
            return fail(Errc::usage, "expected a folder, or a file://, s3:// or https:// URL");
        }
        return named(name, std::move(*location));
    }
    std::error_code error;
    const auto path = std::filesystem::canonical(std::string(place), error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
        return fail(Errc::not_found, "no such folder");
    }
    if (error) {
        return fail(Errc::io, "{}", error.message());
    }
    const bool is_meta = path.native().ends_with(document_suffix);
    if (std::filesystem::is_directory(path, error) == is_meta) {
        return fail(Errc::usage, "expected a folder with metatiles, or a meta.json");
    }
    return named(name, FolderLocation{path.string()});
}

Result<std::vector<TilesetSettings>> tilesets_of(const std::vector<std::string>& arguments,
                                                 const Configuration& configuration,
                                                 const EnvironmentVariables& environment) {
    boost::asio::io_context context(1);
    app::StorageFactory storages(environment, context);
    std::vector<TilesetSettings> tilesets;
    for (const auto& argument : arguments) {
        auto parsed = parse_tileset_argument(argument);
        if (!parsed) {
            return parsed.error().within(fmt::format("'{}'", printable(argument)));
        }
        if (!service::is_tileset_name(parsed->name)) {
            return fail(Errc::usage, "'{}': the name of the tileset would be '{}': expected {}; NAME={} gives it one",
                        printable(argument), printable(parsed->name), service::expected_tileset_name,
                        printable(argument));
        }
        if (!parsed->meta_key.empty()) {
            log::info("tileset {} from {}: Tapalcatl 2, as {} says", parsed->name, url_of(parsed->location),
                      printable(parsed->meta_key));
            auto settings = configuration.settings;
            settings.storage.location = std::move(parsed->location);
            settings.storage.s3_bucket.clear();
            tilesets.push_back({std::move(parsed->name), std::move(parsed->meta_key), std::move(settings), {}});
            continue;
        }
        const auto deadline = std::chrono::steady_clock::now() + survey_time;
        auto surveyed = doctor::survey_tileset(std::move(parsed->name), parsed->location, configuration, storages,
                                               context, deadline);
        if (!surveyed) {
            return surveyed.error().within(fmt::format("'{}'", printable(argument)));
        }
        log::info("tileset {} from {}: {}", surveyed->name, url_of(parsed->location), doctor::describe(*surveyed));
        tilesets.push_back(std::move(*surveyed));
    }
    return tilesets;
}

}  // namespace tapalcatl::cli
