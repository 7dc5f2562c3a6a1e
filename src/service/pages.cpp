#include "service/pages.hpp"

#include "service/assets.hpp"
#include "service/responses.hpp"
#include "web/caching.hpp"
#include "web/negotiation.hpp"
#include "web/responses.hpp"
#include "zip/deflate.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace tapalcatl::service {
namespace {

constexpr std::string_view preview_name = "preview.html";
constexpr std::string_view settings_in_page = R"({"catalog":"catalog.json"})";
constexpr std::string_view drop_in_tilejson = "tilezen/vector/v1/512/all/tilejson.mvt.json";
constexpr std::chrono::seconds page_max_age{60};
constexpr std::chrono::seconds asset_max_age{365 * 24 * 3600};

constexpr std::string_view home_page = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tapalcatl</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
</style>
<h1>tapalcatl</h1>
<p>This server answers tiles out of archives.</p>
<ul>
PREVIEWTILESETS<li><a href="catalog.json">Catalog</a> of all tilesets, each with
 <code>{tileset}.json</code> and <code>{tileset}/{z}/{x}/{y}[@2x].{format}</code></li>
<li>State: <a href="health_check">health_check</a>, <a href="ready">ready</a>, <a href="live">live</a></li>
</ul>
</html>
)";

constexpr std::string_view drop_in_items =
    R"(<li><a href="tilezen/vector/v1/512/all/tilejson.mvt.json">TileJSON</a> of the 512 px tiles,
 <a href="tilezen/vector/v1/all/tilejson.mvt.json">of the 256 px tiles</a></li>
<li><a href="tilezen/vector/v1/512/all/0/0/0.mvt">A tile</a>: <code>tilezen/vector/v1/[px/]all/{z}/{x}/{y}.{mvt,mvtb,json,topojson}</code></li>
)";

/// The catalog has the others.
constexpr std::size_t most_listed = 50;

std::string with(std::string_view text, std::string_view what, std::string_view replacement) {
    std::string out(text);
    const auto at = out.find(what);
    if (at != std::string::npos) {
        out.replace(at, what.size(), replacement);
    }
    return out;
}

/// `document` as the content of a script element: "</script" in it must not end that.
std::string for_script(const boost::json::object& document) {
    std::string text;
    for (const char c : boost::json::serialize(document)) {
        if (c == '<') {
            text += "\\u003c";
        } else {
            text += c;
        }
    }
    return text;
}

std::vector<std::byte> inflated(const Asset& asset) {
    std::vector<std::byte> content(asset.size);
    zip::Inflater inflater;
    const auto done = inflater.inflate_into(zip::deflate_data(asset.gzip), content);
    if (!done) {
        throw_exception_from_error(done.error(), BOOST_CURRENT_LOCATION);
    }
    return content;
}

/// Where tiles come from beside this server itself, for the page's Content-Security-Policy.
std::string tile_origins(const std::string& tiles_url_base) {
    const bool is_path = tiles_url_base.starts_with('/') && !tiles_url_base.starts_with("//");
    if (tiles_url_base.empty() || is_path) {
        return {};
    }
    const auto scheme_end = tiles_url_base.find("//");
    auto origin = tiles_url_base.substr(0, tiles_url_base.find('/', scheme_end + 2));
    if (scheme_end == 0) {
        origin.erase(0, 2);
    }
    const auto subdomain = origin.find("{s}");
    if (subdomain == std::string::npos) {
        return " " + origin;
    }
    std::string all;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        all += " " + with(origin, "{s}", std::string(1, letter));
    }
    return all;
}

}  // namespace

Pages::Pages(const Options& options, const Tilesets& tilesets) : preview_(options.preview) {
    const auto* page = find_asset(preview_name);
    if (!preview_ || page == nullptr) {
        preview_ = false;
        return;
    }
    boost::json::object settings{{"catalog", "catalog.json"}};
    if (const auto* vector = tilesets.vector()) {
        settings["tileset"] = vector->tileset.name;
        settings["tilejson"] = drop_in_tilejson;
    }
    if (!options.tiles_url_base.empty()) {
        settings["tiles_elsewhere"] = true;
    }
    if (!options.preview_api_key.empty()) {
        settings["api_key"] = options.preview_api_key;
    }
    const auto text = with(as_text(inflated(*page)), settings_in_page, for_script(settings));
    preview_page_ = SharedBytes(zip::gzip(as_bytes(text), 9));
    preview_page_size_ = text.size();
    preview_page_crc32_ = zip::crc32(as_bytes(text));
    content_security_policy_ =
        "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; connect-src 'self'" +
        tile_origins(options.tiles_url_base) +
        "; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
}

web::Response Pages::home(const Tilesets& tilesets, const web::Request& request) const {
    const std::string_view preview =
        preview_ ? "<li><a href=\"preview.html\">Preview</a>: a map of these tiles</li>\n" : "";
    std::string items;
    if (tilesets.vector() != nullptr) {
        items += drop_in_items;
    } else {
        for (std::size_t i = 0; i < std::min(tilesets.all().size(), most_listed); ++i) {
            const auto& name = tilesets.all()[i].tileset.name;
            items += fmt::format("<li>{0}: <a href=\"{0}.json\">TileJSON</a></li>\n", name);
        }
    }
    const auto page = with(with(home_page, "PREVIEW", preview), "TILESETS", items);
    return text_response(page, "text/html; charset=utf-8", page_max_age, request);
}

std::optional<web::Response> Pages::asset(std::string_view name, const web::Request& request) const {
    const auto* asset = preview_ ? find_asset(name) : nullptr;
    if (asset == nullptr) {
        return std::nullopt;
    }
    const bool is_page = name == preview_name;
    const auto crc32 = is_page ? preview_page_crc32_ : asset->crc32;
    const auto size = is_page ? preview_page_size_ : asset->size;
    const auto gzip = is_page ? preview_page_ : SharedBytes(nullptr, asset->gzip);

    const bool gzipped = web::accepts_gzip(request[web::Field::accept_encoding]);
    const web::EntityTag tag(crc32, size, gzipped ? web::Encoding::gzip : web::Encoding::identity);
    const std::array tags{tag.view()};
    const auto same = web::unchanged(request[web::Field::if_none_match], {}, tags, std::nullopt);
    web::Response response;
    response.headers.add("ETag", tag.view());
    response.headers.add("Cache-Control", asset->immutable ? web::cache_control(asset_max_age) + ", immutable"
                                                           : web::cache_control(page_max_age));
    response.headers.add("Vary", "Accept-Encoding");
    web::add_cors(response.headers);
    if (same) {
        response.status = 304;
        return response;
    }
    response.headers.add("Content-Type", asset->content_type);
    response.headers.add("X-Content-Type-Options", "nosniff");
    if (is_page) {
        response.headers.add("Content-Security-Policy", content_security_policy_);
        response.headers.add("Referrer-Policy", "no-referrer");
    }
    if (gzipped) {
        response.headers.add("Content-Encoding", "gzip");
        response.body = gzip;
    } else {
        std::vector<std::byte> content(size);
        zip::Inflater inflater;
        const auto done = inflater.inflate_into(zip::deflate_data(gzip.view()), content);
        if (!done) {
            throw_exception_from_error(done.error(), BOOST_CURRENT_LOCATION);
        }
        response.body = SharedBytes(std::move(content));
    }
    return response;
}

}  // namespace tapalcatl::service
