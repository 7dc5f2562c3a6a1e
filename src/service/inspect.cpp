#include "service/inspect.hpp"

#include "web/cors.hpp"
#include "web/etag.hpp"
#include "web/failure.hpp"
#include "zip/directory.hpp"

#include <boost/json.hpp>

#include <string>

namespace tapalcatl::service {

namespace json = boost::json;

web::Response inspection(const TileRequest& tile, const source::TilePlace& place, const Result<source::Found>& found,
                         const web::Request& /*request*/) {
    json::object document{{"tile", to_string(tile.tile)},
                          {"px", tile.pixel_size},
                          {"format", tile.format},
                          {"metatile", to_string(place.metatile)},
                          {"offset", to_string(place.offset)},
                          {"key", place.key},
                          {"entry", place.entry},
                          {"found", found.has_value()}};
    web::Response response;
    if (found) {
        const auto& block = *found->block;
        const auto& archive = *block.archive;
        const web::EntityTag tag(block.crc32, block.size, web::Encoding::gzip);
        document["cache"] = found->stale ? "stale" : found->hit ? "hit" : "miss";
        document["method"] = block.method == static_cast<std::uint16_t>(zip::Method::stored) ? "stored" : "deflate";
        document["compressed_size"] = block.compressed_size;
        document["size"] = block.size;
        document["crc32"] = fmt::format("{:08x}", block.crc32);
        document["etag"] = tag.view();
        document["archive_version"] = archive.version().etag;
        document["archive_size"] = archive.version().size;
        document["last_modified"] = archive.version().last_modified;
        response.archive_key = archive.key();
        response.cache = found->hit ? web::CacheState::hit : web::CacheState::miss;
    } else {
        const auto code = found.error().code;
        const auto status = web::status_of(code);
        document["error"] = web::public_text(code);
        document["status"] = status;
        // That there is no tile is an answer to what was asked here; browsers would show a 404 as an error of the page.
        response.status = status == 404 ? 200 : status;
    }
    response.headers.add("Content-Type", "application/json");
    response.headers.add("Cache-Control", "no-store");
    web::add_cors(response.headers);
    response.body = copy_of(as_bytes(json::serialize(document)));
    return response;
}

}  // namespace tapalcatl::service
