#include "app/application.hpp"

#include "app/ordered_tileset.hpp"
#include "base/clock.hpp"
#include "service/replaceable_service.hpp"
#include "service/service.hpp"
#include "service/tilesets.hpp"
#include "settings/config_file.hpp"
#include "settings/location.hpp"
#include "source/metatile_source.hpp"
#include "source/tapalcatl2_meta_source.hpp"
#include "source/tapalcatl2_source.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tapalcatl::app {
namespace {

/// The name of the vector tiles of tapalcatl-py in the other routes.
constexpr auto vector_name = "vector";

service::TilesetPolicy tileset_policy(const Settings& settings) {
    service::TilesetPolicy policy;
    policy.max_age = settings.answers.max_age;
    policy.shared_max_age = settings.answers.shared_max_age.value_or(std::chrono::seconds(0));
    policy.missing_tile_status = settings.answers.missing_tile_status;
    policy.cors_origins = settings.answers.cors_origins;
    policy.headers = settings.answers.headers;
    return policy;
}

/// `options`: with the limits of the start, which stay.
service::Options service_options(const Settings& settings, service::Options options) {
    options.tiles_url_base = settings.answers.tiles_url_base;
    options.trusted_proxies = settings.answers.trusted_proxies;
    options.cors_origins = settings.answers.cors_origins;
    options.preview = settings.preview.enabled;
    options.preview_api_key = settings.preview.api_key;
    return options;
}

/// The URL of a tileset's meta.json, without a query, which may be a signature.
std::string meta_url(const Location& location, std::string_view meta_key) {
    const auto folder = url_of(location);
    const auto path = folder.substr(0, folder.find('?'));
    return fmt::format("{}{}{}", path, path.ends_with('/') ? "" : "/", meta_key);
}

}  // namespace

void UpstreamThread::stop() {
    context_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

Application::Application(const Settings& settings, const EnvironmentVariables& environment,
                         boost::asio::io_context& upstream, BackgroundWork background)
    : settings_(settings), stores_(settings, environment, upstream, background) {
    limits_.max_requests = settings.limits.max_requests;
    limits_.request_timeout = settings.limits.request_timeout;
}

Application::~Application() = default;

std::shared_ptr<const PageArena> Application::open_arena() {
    auto& memory = stores_.memory();
    if (const auto size = memory.budget->limit(); size > 0) {
        memory.arena = PageArena::open(2 * size);
    }
    return memory.arena;
}

Result<std::unique_ptr<Application>> Application::make(const Settings& settings,
                                                       const EnvironmentVariables& environment,
                                                       boost::asio::io_context& upstream, BackgroundWork background,
                                                       std::span<const TilesetSettings> tilesets) {
    std::unique_ptr<Application> application(new Application(settings, environment, upstream, background));
    auto served = application->open(settings, tilesets);
    if (!served) {
        return served.error();
    }
    application->served_ = std::move(*served);
    return application;
}

Result<Application::Served> Application::open(const Settings& settings, std::span<const TilesetSettings> tilesets) {
    return tilesets.empty() ? open_drop_in_tilesets(settings) : open_tilesets(tilesets);
}

Result<Application::Served> Application::open_drop_in_tilesets(const Settings& settings) {
    const auto location = storage_location(settings);
    if (!location) {
        return location.error();
    }
    const auto archives = stores_.open(*location, storage_access(settings));
    if (!archives) {
        const bool is_folder = std::holds_alternative<FolderLocation>(*location);
        return is_folder ? archives.error().within("TAPALCATL_STORAGE (--storage)") : archives.error();
    }
    const auto policy = tileset_policy(settings);
    Served served{std::make_shared<service::Tilesets>(),
                  std::make_shared<source::MetatileSource>(*archives, settings.metatiles, settings.keys,
                                                           description_of(settings)),
                  nullptr};
    const auto added = served.tilesets->add({vector_name, served.tiles, policy, true});
    if (!added) {
        return added.error();
    }
    served.tilesets->serve_vector_routes(vector_name);
    if (settings.landcover.enabled) {
        served.landcover =
            std::make_shared<source::Tapalcatl2Source>(*archives, settings.landcover.scheme, settings.keys);
        served.tilesets->serve_landcover_route({"landcover", served.landcover, policy}, settings.landcover.max_zoom);
    }
    return served;
}

Result<Application::Served> Application::open_tilesets(std::span<const TilesetSettings> tilesets) {
    Served served{std::make_shared<service::Tilesets>(), nullptr, nullptr};
    std::vector<std::string> faults;
    std::optional<Errc> first;
    for (const auto& tileset : tilesets) {
        const auto source = open_tileset(tileset);
        if (!source) {
            faults.push_back(source.error().within(tileset.name).message);
            first = first.value_or(source.error().code);
            continue;
        }
        const auto added =
            served.tilesets->add({tileset.name, *source, tileset_policy(tileset.settings), tileset.meta_key.empty()});
        if (!added) {
            return added.error();
        }
        served.tiles = served.tiles == nullptr ? *source : served.tiles;
        for (const auto& route : tileset.routes) {
            served.tilesets->add_route(route, tileset.name);
        }
    }
    if (first) {
        return Error{*first, error_of_faults(faults, "tilesets").message};
    }
    return served;
}

Result<std::shared_ptr<const source::TileSource>> Application::open_tileset(const TilesetSettings& tileset) {
    if (!tileset.sources.empty()) {
        return open_ordered(tileset, stores_);
    }
    const auto location = storage_location(tileset.settings);
    if (!location) {
        return location.error();
    }
    const bool is_tapalcatl2 = !tileset.meta_key.empty();
    const auto access = storage_access(tileset.settings);
    const auto comments = is_tapalcatl2 ? source::ZipComments::headers : source::ZipComments::ignored;
    const auto archives = stores_.open(*location, access, comments);
    if (!archives) {
        return archives.error();
    }
    if (!is_tapalcatl2) {
        return std::make_shared<source::MetatileSource>(*archives, tileset.settings.metatiles, tileset.settings.keys,
                                                        tileset.description);
    }
    auto open_elsewhere = [this, access](const std::string& folder) -> Result<std::shared_ptr<source::Archives>> {
        const auto place = parse_location(folder);
        if (!place) {
            return fail(Errc::corrupt, "{}: not the URL of a folder, a bucket or a web server", folder);
        }
        return stores_.open(*place, access, source::ZipComments::headers);
    };
    return std::make_shared<source::Tapalcatl2MetaSource>(
        *archives, tileset.meta_key, meta_url(*location, tileset.meta_key), std::move(open_elsewhere));
}

std::shared_ptr<service::Service> Application::make_service(const Settings& settings) const {
    return std::make_shared<service::Service>(served_.tilesets, system_clock(), service_options(settings, limits_));
}

service::Handler& Application::handler() {
    if (handler_ == nullptr) {
        handler_ = std::make_unique<service::ReplaceableService>(make_service(settings_));
    }
    return *handler_;
}

Result<std::shared_ptr<const service::Service>> Application::reload(const Settings& settings,
                                                                    std::span<const TilesetSettings> tilesets) {
    stores_.forget_aws_files();
    auto served = open(settings, tilesets);
    if (!served) {
        return served.error();
    }
    served_ = std::move(*served);
    return handler_->replace(make_service(settings));
}

}  // namespace tapalcatl::app
