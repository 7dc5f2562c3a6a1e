#include "service/responses.hpp"

#include "base/memory_budget.hpp"
#include "base/text.hpp"
#include "web/caching.hpp"
#include "web/negotiation.hpp"
#include "web/responses.hpp"
#include "zip/deflate.hpp"

#include <boost/json.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::service {

namespace json = boost::json;

namespace {

/// What caches may do with a tile that is served although the storage fails.
constexpr std::string_view stale_cache_control = "public, max-age=10";

/// The content of a tile, inflated if need be. What is inflated is charged to the tile's budget: a slow client may hold
/// it for long.
SharedBytes identity_of(const source::Tile& tile) {
    if (tile.encoding == source::Encoding::identity) {
        return tile.bytes;
    }
    thread_local zip::Inflater inflater;
    std::vector<std::byte> content(static_cast<std::size_t>(tile.validator.size));
    const auto inflated = inflater.inflate_into(zip::deflate_data(tile.bytes.view()), content);
    if (!inflated) {
        // It was inflated and checked when it came in.
        throw_exception_from_error(inflated.error(), BOOST_CURRENT_LOCATION);
    }
    const auto size = content.size();
    return charged(SharedBytes(std::move(content)),
                   MemoryCharge(tile.budget != nullptr ? *tile.budget : nullptr, size));
}

/// Whether a browser may run scripts in a tile of this type, or take it for another type. What an archive says may be
/// any type, so only what is known to be harmless is not.
bool may_be_active(std::string_view content_type, bool is_of_archive) {
    if (!is_of_archive) {
        return web::is_active(content_type);
    }
    const auto type = lower_case(trim(content_type.substr(0, content_type.find(';'))));
    const bool is_image = type.starts_with("image/") && type.find("svg") == std::string::npos;
    return !is_image && type != "application/vnd.mapbox-vector-tile" && type != "application/x-protobuf" &&
           type != "application/json" && type != "application/geo+json";
}

/// The headers that a tile is sent with: its own over those of its tileset. Lifetime: both.
class SentHeaders {
 public:
    SentHeaders(const source::TileHeaders* of_tileset, const source::TileHeaders* own) {
        if (of_tileset != nullptr && own != nullptr) {
            merged_.emplace(merged(of_tileset->fields, own->fields));
        }
        sent_ = merged_ ? &*merged_ : own != nullptr ? own : of_tileset;
    }

    /// Null: none. Lifetime: this.
    const source::TileHeaders* get() const { return sent_; }
    std::uint32_t salt() const { return sent_ != nullptr ? sent_->salt : 0; }

 private:
    std::optional<source::TileHeaders> merged_;
    const source::TileHeaders* sent_ = nullptr;
};

/// The Content-Type of a tile, and whether its headers say it.
std::pair<std::string_view, bool> content_type_of(const source::Tile& tile, const source::TileHeaders* headers,
                                                  std::string_view format) {
    if (headers != nullptr && !headers->content_type.empty()) {
        return {headers->content_type, true};
    }
    return {tile.content_type.empty() ? web::content_type_of(format) : tile.content_type, false};
}

/// What is sent beside what every response of its kind has.
void add_other_headers(web::Headers& headers, const source::TileHeaders& given) {
    for (const auto& [name, value] : given.others) {
        headers.add(name, value);
    }
}

/// The answer for a missing tile to clients that take a 404 for a failure. Kept as long as a 404 is.
web::Response no_content() {
    web::Response response;
    response.status = 204;
    response.headers.add("Cache-Control", "public, max-age=30");
    web::add_cors(response.headers);
    return response;
}

}  // namespace

web::Response text_response(std::string text, std::string_view content_type, std::chrono::seconds max_age,
                            const web::Request& request, const source::TileHeaders* headers) {
    const web::EntityTag tag(zip::crc32(as_bytes(text)), text.size(), web::Encoding::identity,
                             headers != nullptr ? headers->salt : 0);
    const std::array tags{tag.view()};
    const auto same = web::unchanged(request[web::Field::if_none_match], {}, tags, std::nullopt);
    web::Response response;
    response.headers.add("ETag", tag.view());
    const bool has_cache_control = headers != nullptr && !headers->cache_control.empty();
    response.headers.add("Cache-Control",
                         has_cache_control ? std::string(headers->cache_control) : web::cache_control(max_age));
    web::add_cors(response.headers);
    if (same) {
        response.status = 304;
        return response;
    }
    response.headers.add("Content-Type", content_type);
    if (headers != nullptr) {
        add_other_headers(response.headers, *headers);
    }
    response.body = copy_of(as_bytes(text));
    return response;
}

web::Response state_response(unsigned status, std::string_view text) {
    web::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.headers.add("Cache-Control", "no-store");
    web::add_cors(response.headers);
    if (status == 503) {
        response.headers.add("Retry-After", "2");
    }
    response.body = copy_of(as_bytes(text));
    return response;
}

Error server_fault(Error error) {
    if (error.code == Errc::usage || error.code == Errc::bad_request) {
        error.code = Errc::unavailable;
    }
    return error;
}

TileResponses::TileResponses(const TilesetPolicy& policy)
    : cache_control_(web::cache_control(policy.max_age, policy.shared_max_age)),
      missing_tile_status_(policy.missing_tile_status),
      headers_(policy.headers) {}

web::Response TileResponses::found(const source::Tile& tile, std::string_view format,
                                   const web::Request& request) const {
    const auto* const last_modified = tile.last_modified;
    const bool gzipped =
        tile.encoding == source::Encoding::gzip && web::accepts_gzip(request[web::Field::accept_encoding]);

    // A client that takes gzip may hold the identity answer too, from before it did.
    const SentHeaders sent_headers(headers_.get(), tile.headers);
    const auto* const given = sent_headers.get();
    const auto salt = sent_headers.salt();
    const web::EntityTag identity_tag(tile.validator.crc32, tile.validator.size, web::Encoding::identity, salt);
    const web::EntityTag gzip_tag(tile.validator.crc32, tile.validator.size, web::Encoding::gzip, salt);
    const std::array<std::string_view, 2> tags{gzipped ? gzip_tag.view() : identity_tag.view(), identity_tag.view()};
    const auto modified = last_modified != nullptr ? std::optional(last_modified->time) : std::nullopt;
    const auto same = web::unchanged(request[web::Field::if_none_match], request[web::Field::if_modified_since],
                                     std::span(tags).first(gzipped ? 2 : 1), modified);

    web::Response response;
    response.cache = tile.stale ? web::CacheState::stale : tile.hit ? web::CacheState::hit : web::CacheState::miss;
    response.archive_key = tile.stored.archive_key;
    auto& headers = response.headers;
    headers.reserve(384);
    headers.add("ETag", same ? *same : tags[0]);
    const bool has_cache_control = given != nullptr && !given->cache_control.empty();
    const auto cache_control = has_cache_control ? given->cache_control : std::string_view(cache_control_);
    headers.add("Cache-Control", tile.stale ? stale_cache_control : cache_control);
    headers.add("Vary", "Accept-Encoding");
    web::add_cors(headers);
    if (last_modified != nullptr) {
        headers.add("Last-Modified", last_modified->text);
    }
    if (same) {
        response.status = 304;
        return response;
    }
    const auto [content_type, is_of_archive] = content_type_of(tile, given, format);
    headers.add("Content-Type", content_type);
    if (may_be_active(content_type, is_of_archive)) {
        headers.add("X-Content-Type-Options", "nosniff");
        headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    }
    headers.add("Accept-Ranges", "none");
    if (given != nullptr) {
        add_other_headers(headers, *given);
    }
    if (gzipped) {
        headers.add("Content-Encoding", "gzip");
        response.body = tile.bytes;
    } else {
        response.body = identity_of(tile);
    }
    if (response.body.data() == tile.bytes.data()) {
        response.validity = tile.validity;
    }
    return response;
}

web::Response TileResponses::failed(const Error& error, std::string key, const web::Request& request) const {
    const bool is_missing = error.code == Errc::no_tile || error.code == Errc::not_found;
    const bool is_no_content = is_missing && missing_tile_status_ == 204;
    auto response = is_no_content ? no_content() : web::failure(error, request);
    response.archive_key = std::make_shared<const std::string>(std::move(key));
    return response;
}

web::Response TileResponses::inspected(const TileRequest& tile, const source::TilePlace& place,
                                       const Result<source::Tile>& found) const {
    json::object document{{"tile", to_string(tile.tile)},
                          {"px", tile.pixel_size},
                          {"format", tile.format},
                          {"metatile", to_string(place.metatile)},
                          {"offset", to_string(place.offset)},
                          {"key", place.key},
                          {"entry", place.entry},
                          {"found", found.has_value()}};
    web::Response response;
    const auto source = found ? found->stored.source : std::string_view(place.source);
    if (!source.empty()) {
        document["source"] = source;
    }
    if (found) {
        document["key"] = *found->stored.archive_key;
        const auto& [crc32, size] = found->validator;
        const auto& stored = found->stored;
        const auto& version = *stored.archive_version;
        const SentHeaders sent_headers(headers_.get(), found->headers);
        const web::EntityTag tag(crc32, size, web::Encoding::gzip, sent_headers.salt());
        document["cache"] = found->stale ? "stale" : found->hit ? "hit" : "miss";
        document["method"] = stored.method;
        document["compressed_size"] = stored.compressed_size;
        document["size"] = size;
        document["crc32"] = fmt::format("{:08x}", crc32);
        document["etag"] = tag.view();
        document["archive_version"] = version.etag;
        document["archive_size"] = version.size;
        document["last_modified"] = version.last_modified;
        response.archive_key = stored.archive_key;
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
