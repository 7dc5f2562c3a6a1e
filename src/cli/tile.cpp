#include "app/application.hpp"
#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "service/options.hpp"
#include "tiles/metatile.hpp"
#include "zip/deflate.hpp"

#include <boost/asio/io_context.hpp>

namespace tapalcatl::cli {

Result<void> locate(const Settings& settings, const TilePath& path, unsigned tile_size, Form form, Output& out) {
    const auto address = tapalcatl::locate(path.tile, tile_size, settings.metatiles);
    if (!address) {
        return address.error().within(to_string(path.tile));
    }
    const auto key = settings.keys.key(address->metatile);
    const auto entry = fmt::format("{}.{}", to_string(address->offset), path.format);
    if (form == Form::text) {
        out.print("{} {}\n", key, entry);
        return {};
    }
    const boost::json::object document{{"tile", to_string(path.tile)},
                                       {"px", 256 * tile_size},
                                       {"format", utf8(path.format)},
                                       {"metatile", to_string(address->metatile)},
                                       {"offset", to_string(address->offset)},
                                       {"key", utf8(key)},
                                       {"entry", utf8(entry)}};
    out.print("{}\n", json_text(document));
    return {};
}

int tile(const Settings& settings, const EnvironmentVariables& environment, service::TileSet set, const TilePath& path,
         unsigned tile_size, Output& out) {
    const bool is_landcover = set == service::TileSet::landcover;
    const auto max_zoom = is_landcover ? settings.landcover.max_zoom : service::max_vector_zoom;
    if (path.tile.z > max_zoom) {
        return report(fail(Errc::usage, "tile '{}': zoom {}: the server has zooms 0 to {}", to_string(path.tile),
                           path.tile.z, max_zoom));
    }
    boost::asio::io_context upstream(1);
    const auto made = app::Application::make(settings, environment, upstream);
    if (!made) {
        return report(made.error());
    }
    const auto& application = **made;
    const auto* source = is_landcover ? application.landcover() : &application.tiles();
    if (source == nullptr) {
        return report(fail(Errc::usage, "land cover is turned off: TAPALCATL_LANDCOVER (--landcover) is off"));
    }
    const auto deadline = std::chrono::steady_clock::now() + settings.limits.request_timeout;
    const source::TileRequest request{path.tile, tile_size * 256, path.format};
    const auto found = run_until_done(upstream, source->read(request, deadline));
    if (!found) {
        return report(found.error());
    }
    std::vector<std::byte> inflated;
    Bytes content = found->bytes.view();
    if (found->encoding == source::Encoding::gzip) {
        inflated.resize(static_cast<std::size_t>(found->validator.size));
        zip::Inflater inflater;
        const auto done = inflater.inflate_into(zip::deflate_data(content), inflated);
        if (!done) {
            return report(done.error());
        }
        content = inflated;
    }
    const auto written = write_content(out, content);
    return written ? exit_ok : report(written.error());
}

}  // namespace tapalcatl::cli
