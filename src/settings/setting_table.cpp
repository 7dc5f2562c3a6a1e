#include "settings/setting_table.hpp"

#include "settings/setting_codec.hpp"

#include <algorithm>
#include <array>

namespace tapalcatl {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;
constexpr std::uint64_t deepest_zoom = 30;

std::vector<Setting> make_table() {
    using G = SettingGroup;
    return {
        {"storage", "TAPALCATL_STORAGE", G::storage,
         "The storage of the archives: file:///path, s3://bucket/prefix or https://host/path. Keys are relative to it.",
         storage_codec()},
        {"s3_bucket", "S3_BUCKET", G::storage, "The S3 bucket of the archives.", bucket_codec()},

        {.name = "requester_pays",
         .variable = "REQUESTER_PAYS",
         .group = G::access,
         .help = "true: agree to pay for reads of a requester-pays bucket. Any other value: do not.",
         .codec = requester_pays_codec(),
         .keeps_blanks = true},
        {"anonymous", "TAPALCATL_ANONYMOUS", G::access, "Whether to read public buckets without credentials.",
         choice_codec([](auto& s) -> auto& { return s.access.anonymous; },
                      std::vector<std::pair<std::string_view, bool>>{{"on", true}, {"off", false}})},
        {"role_arn", "TAPALCATL_ROLE_ARN", G::access,
         "ARN of an AWS role to assume with the credentials of the provider chain.", role_arn_codec()},
        {"addressing", "TAPALCATL_ADDRESSING", G::access,
         "Position of the bucket in URLs: in the host name (virtual) or in the path. auto: virtual for AWS, path for "
         "other endpoints.",
         choice_codec(
             [](auto& s) -> auto& { return s.access.addressing; },
             std::vector<std::pair<std::string_view, aws::Addressing>>{{"auto", aws::Addressing::automatic},
                                                                       {"virtual", aws::Addressing::virtual_host},
                                                                       {"path", aws::Addressing::path}})},
        {"missing_on_403", "TAPALCATL_MISSING_ON_403", G::access,
         "Whether a 403 for a key means that it does not exist. S3 answers so if listing the bucket is not allowed.",
         choice_codec([](auto& s) -> auto& { return s.access.missing_on_403; },
                      std::vector<std::pair<std::string_view, bool>>{{"on", true}, {"off", false}})},
        {"s3_connections", "TAPALCATL_S3_CONNECTIONS", G::access,
         "Maximum number of concurrent reads of a bucket or web server.",
         number_codec([](auto& s) -> auto& { return s.access.connections; }, 1, 10'000)},
        {"hedge_after", "TAPALCATL_HEDGE_AFTER", G::access,
         "A read without a response after this time is sent a second time (hedged), at most 5 % of all reads. 0: "
         "never.",
         duration_codec([](auto& s) -> auto& { return s.access.hedge_after; }, Zero::allowed)},

        {"s3_prefix", "S3_PREFIX", G::keys, "Prefix of all keys, in any kind of storage.",
         text_codec("TEXT", [](auto& s) -> auto& { return s.keys.prefix; }), WhenEmpty::value},
        {"s3_layer", "S3_LAYER", G::keys, "Layer in keys. Empty: no layer.",
         text_codec("NAME", [](auto& s) -> auto& { return s.keys.layer; }), WhenEmpty::value},
        {.name = "include_hash",
         .variable = "INCLUDE_HASH",
         .group = G::keys,
         .help = "Whether keys contain a hash: true means PREFIX_HASH, any other value NO_HASH. "
                 "KEY_FORMAT_TYPE takes precedence.",
         .codec = include_hash_codec(),
         .same_member = "key_format_type",
         .keeps_blanks = true},
        {.name = "key_format_type",
         .variable = "KEY_FORMAT_TYPE",
         .group = G::keys,
         .help = "Position of the hash in keys.",
         .codec = choice_codec([](auto& s) -> auto& { return s.keys.layout; },
                               std::vector<std::pair<std::string_view, KeyLayout>>{
                                   {name_of(KeyLayout::no_hash), KeyLayout::no_hash},
                                   {name_of(KeyLayout::hash_prefix), KeyLayout::hash_prefix},
                                   {name_of(KeyLayout::prefix_hash), KeyLayout::prefix_hash}}),
         .same_member = "include_hash"},
        {"metatile_size", "METATILE_SIZE", G::keys, "Number of 256-pixel tiles along an edge of a metatile.",
         metatile_size_codec()},
        {"metatile_max_detail_zoom", "METATILE_MAX_DETAIL_ZOOM", G::keys,
         "Zoom of the deepest metatiles; deeper tiles are read from these. 0: no limit.", max_detail_zoom_codec(),
         WhenEmpty::value},

        {"landcover", "TAPALCATL_LANDCOVER", G::landcover, "Whether to serve land cover tiles.",
         choice_codec([](auto& s) -> auto& { return s.landcover.enabled; },
                      std::vector<std::pair<std::string_view, bool>>{{"on", true}, {"off", false}})},
        {"landcover_max_zoom", "TAPALCATL_LANDCOVER_MAX_ZOOM", G::landcover, "Maximum zoom of land cover tiles.",
         number_codec([](auto& s) -> auto& { return s.landcover.max_zoom; }, 0, deepest_zoom)},
        {"landcover_materialized_zooms", "TAPALCATL_LANDCOVER_MATERIALIZED_ZOOMS", G::landcover,
         "Zooms at which land cover archives start.", materialized_zooms_codec()},
        {"landcover_metatile_size", "TAPALCATL_LANDCOVER_METATILE_SIZE", G::landcover,
         "Number of tiles of its own zoom along an edge of a land cover archive.",
         number_codec([](auto& s) -> auto& { return s.landcover.scheme.metatile_size; }, 1, 1024)},
        {"landcover_tile_size", "TAPALCATL_LANDCOVER_TILE_SIZE", G::landcover,
         "Size of land cover tiles in pixels; there is only one size.", landcover_tile_size_codec()},

        {"read", "TAPALCATL_READ", G::reading,
         "First read of an unknown archive: its end (auto), all of it (whole), or only what leads to its directory "
         "(range).",
         choice_codec([](auto& s) -> auto& { return s.read.mode; },
                      std::vector<std::pair<std::string_view, source::ReadMode>>{{"auto", source::ReadMode::automatic},
                                                                                 {"whole", source::ReadMode::whole},
                                                                                 {"range", source::ReadMode::range}})},
        {"tail_size", "TAPALCATL_TAIL_SIZE", G::reading,
         "Size of the first read with read=auto. Smaller archives are read completely.",
         size_codec([](auto& s) -> auto& { return s.read.tail_size; }, 66 * kib, 64 * mib)},
        {"max_tile_size", "TAPALCATL_MAX_TILE_SIZE", G::reading,
         "Maximum size of an inflated tile. Larger tiles are refused.",
         size_codec([](auto& s) -> auto& { return s.limits.max_tile_size_bytes; }, kib, gib)},

        {"cache_type", "CACHE_TYPE", G::cache,
         "Cache for data read from the storage: none (null), memory (simple), memory and a folder (filesystem), or "
         "memory and a Redis (redis). Other types of Flask-Caching mean memory.",
         cache_type_codec()},
        {"cache_dir", "CACHE_DIR", G::cache, "Folder of the filesystem cache.",
         text_codec("PATH", [](auto& s) -> auto& { return s.cache.folder; })},
        {"cache_dir_size", "TAPALCATL_CACHE_DIR_SIZE", G::cache, "Maximum size of that folder.",
         size_codec([](auto& s) -> auto& { return s.cache.folder_size_bytes; }, mib, unlimited)},
        {"cache_threshold", "CACHE_THRESHOLD", G::cache,
         "Maximum number of files in that folder. 0: no limit but its size.",
         number_codec([](auto& s) -> auto& { return s.cache.folder_items; }, 0, 1'000'000'000)},
        {.name = "cache_redis_url",
         .variable = "CACHE_REDIS_URL",
         .group = G::cache,
         .help = "Redis of the redis cache: redis://, rediss:// or unix://.",
         .codec = text_codec("URL", [](auto& s) -> auto& { return s.cache.redis_url; }),
         .is_secret = true,
         .default_text = default_redis_url},
        {"cache_key_prefix", "CACHE_KEY_PREFIX", G::cache, "Prefix of names in that folder or Redis.",
         text_codec("TEXT", [](auto& s) -> auto& { return s.cache.key_prefix; })},
        {"cache_wait", "TAPALCATL_CACHE_WAIT", G::cache,
         "Time that a read waits for that folder or Redis before it goes to the storage.",
         duration_codec([](auto& s) -> auto& { return s.cache.wait; }, Zero::refused)},
        {"cache_size", "TAPALCATL_CACHE_SIZE", G::cache, "Memory for directories and tiles. 0: nothing is cached.",
         size_codec([](auto& s) -> auto& { return s.cache.size_bytes; }, 0, unlimited)},
        {"cache_default_timeout", "CACHE_DEFAULT_TIMEOUT", G::cache,
         "Time for which cached data is fresh. 0: for ever.",
         duration_codec([](auto& s) -> auto& { return s.cache.fresh_for; }, Zero::allowed)},
        {"stale_for", "TAPALCATL_STALE_FOR", G::cache,
         "Additional time for which cached data may be served while the storage fails.",
         duration_codec([](auto& s) -> auto& { return s.cache.stale_for; }, Zero::allowed)},

        {"cache_max_age", "CACHE_MAX_AGE", G::answers, "max-age in the Cache-Control header of tiles.",
         duration_codec([](auto& s) -> auto& { return s.answers.max_age; }, Zero::allowed)},
        {"shared_cache_max_age", "SHARED_CACHE_MAX_AGE", G::answers,
         "s-maxage in the Cache-Control header of tiles. 0 or empty: omitted.", shared_max_age_codec(),
         WhenEmpty::value},
        {"missing_tile", "TAPALCATL_MISSING_TILE", G::answers, "Status of a tile that does not exist.",
         choice_codec([](auto& s) -> auto& { return s.answers.missing_tile_status; },
                      std::vector<std::pair<std::string_view, unsigned>>{{"404", 404U}, {"204", 204U}})},
        {"cors_origins", "TAPALCATL_CORS_ORIGINS", G::answers,
         "Origins whose pages may read the responses: * for all, or a list such as https://maps.example.",
         cors_origins_codec()},
        {"tiles_url_base", "TILES_URL_BASE", G::answers,
         "Start of the tile URLs in TileJSON. A path is relative to the request's origin; {s} makes four URLs, a to d. "
         "Unset: the request's origin.",
         url_base_codec()},
        {"trusted_proxies", "TAPALCATL_TRUSTED_PROXIES", G::answers,
         "Proxies whose forwarded host, scheme and prefix are trusted.", trusted_proxies_codec()},

        {"name", "TAPALCATL_NAME", G::tilejson, "Name of the tile set in TileJSON.",
         text_codec("TEXT", [](auto& s) -> auto& { return s.tilejson.name; })},
        {"attribution", "TAPALCATL_ATTRIBUTION", G::tilejson, "Attribution in TileJSON and preview, HTML.",
         text_codec("HTML", [](auto& s) -> auto& { return s.tilejson.attribution; })},
        {"bounds", "TAPALCATL_BOUNDS", G::tilejson, "Bounds in TileJSON.", bounds_codec()},
        {"center", "TAPALCATL_CENTER", G::tilejson, "Initial position of maps. Unset: inside bounds and zooms.",
         center_codec()},
        {"min_zoom", "TAPALCATL_MIN_ZOOM", G::tilejson, "Minimum zoom in TileJSON.",
         number_codec([](auto& s) -> auto& { return s.tilejson.min_zoom; }, 0, deepest_zoom)},
        {"max_zoom", "TAPALCATL_MAX_ZOOM", G::tilejson, "Maximum zoom in TileJSON.",
         number_codec([](auto& s) -> auto& { return s.tilejson.max_zoom; }, 0, deepest_zoom)},

        {"preview", "TAPALCATL_PREVIEW", G::preview, "Whether to serve /preview.html and its files.",
         choice_codec([](auto& s) -> auto& { return s.preview.enabled; },
                      std::vector<std::pair<std::string_view, bool>>{{"on", true}, {"off", false}})},
        {.name = "tiles_preview_api_key",
         .variable = "TILES_PREVIEW_API_KEY",
         .group = G::preview,
         .help = "API key that the preview appends to its tile URLs as api_key.",
         .codec = text_codec("KEY", [](auto& s) -> auto& { return s.preview.api_key; }),
         .is_secret = true},

        {.name = "host",
         .variable = "HOST",
         .group = G::http,
         .help = "Address to listen on.",
         .codec = host_codec(),
         .default_text = "all interfaces, IPv4 and IPv6"},
        {"port", "PORT", G::http, "Port to listen on. 0: any free port; the log shows it.",
         number_codec([](auto& s) -> auto& { return s.http.port; }, 0, 65535)},
        {.name = "threads",
         .variable = "TAPALCATL_THREADS",
         .group = G::http,
         .help = "Number of threads that answer requests.",
         .codec = number_codec([](auto& s) -> auto& { return s.http.threads; }, 1, 1024),
         .default_text = "one per core"},
        {"header_timeout", "TAPALCATL_HEADER_TIMEOUT", G::http,
         "Time within which the header of a request must arrive.",
         duration_codec([](auto& s) -> auto& { return s.http.header_timeout; }, Zero::refused)},
        {"idle_timeout", "TAPALCATL_IDLE_TIMEOUT", G::http, "Time after which connections without requests are closed.",
         duration_codec([](auto& s) -> auto& { return s.http.idle_timeout; }, Zero::refused)},
        {"write_timeout", "TAPALCATL_WRITE_TIMEOUT", G::http,
         "Time after which clients that receive nothing are disconnected.",
         duration_codec([](auto& s) -> auto& { return s.http.write_timeout; }, Zero::refused)},
        {"max_header_size", "TAPALCATL_MAX_HEADER_SIZE", G::http, "Maximum size of a request header.",
         size_codec([](auto& s) -> auto& { return s.http.max_header_size_bytes; }, kib, mib)},
        {"max_connections", "TAPALCATL_MAX_CONNECTIONS", G::http, "Maximum number of open connections.",
         number_codec([](auto& s) -> auto& { return s.http.max_connections; }, 1, 1'000'000)},
        {"drain_delay", "TAPALCATL_DRAIN_DELAY", G::http,
         "Time after SIGTERM in which the server goes on serving while /ready answers 503.",
         duration_codec([](auto& s) -> auto& { return s.http.drain_delay; }, Zero::allowed)},
        {"drain_timeout", "TAPALCATL_DRAIN_TIMEOUT", G::http, "Time after that in which running requests may finish.",
         duration_codec([](auto& s) -> auto& { return s.http.drain_timeout; }, Zero::allowed)},

        {"request_timeout", "TAPALCATL_REQUEST_TIMEOUT", G::limits,
         "Maximum time that a request waits; then it is answered with 504.",
         duration_codec([](auto& s) -> auto& { return s.limits.request_timeout; }, Zero::refused)},
        {"flight_timeout", "TAPALCATL_FLIGHT_TIMEOUT", G::limits, "Maximum time for reading an archive.",
         duration_codec([](auto& s) -> auto& { return s.limits.flight_timeout; }, Zero::refused)},
        {"max_requests", "TAPALCATL_MAX_REQUESTS", G::limits,
         "Maximum number of requests that wait for the storage; further ones are answered with 503.",
         number_codec([](auto& s) -> auto& { return s.limits.max_requests; }, 1, 1'000'000)},
        {"max_pending_bytes", "TAPALCATL_MAX_PENDING_BYTES", G::limits,
         "Maximum number of bytes of responses that slow clients have not received yet.",
         size_codec([](auto& s) -> auto& { return s.limits.max_pending_bytes; }, mib, unlimited)},

        {"lambda_host_header", "TAPALCATL_LAMBDA_HOST_HEADER", G::lambda,
         "Header that a CDN in front sets to the host that its clients use, for the tile URLs in TileJSON.",
         host_header_codec()},
        {"lambda_access_log_sample", "TAPALCATL_LAMBDA_ACCESS_LOG_SAMPLE", G::lambda,
         "The access log has one of so many requests, and every one with a status of 500 or more.",
         number_codec([](auto& s) -> auto& { return s.lambda.access_log_sample; }, 1, 1'000'000)},
        {"lambda_metrics", "TAPALCATL_LAMBDA_METRICS", G::lambda,
         "Whether to write a line of metrics for each request, in CloudWatch's embedded metric format.",
         choice_codec([](auto& s) -> auto& { return s.lambda.metrics; },
                      std::vector<std::pair<std::string_view, bool>>{{"on", true}, {"off", false}})},
        {"lambda_response_mode", "TAPALCATL_LAMBDA_RESPONSE_MODE", G::lambda,
         "How responses are sent. streaming: for a function URL or REST API that is set to stream; they have no limit "
         "of 6 MB.",
         choice_codec([](auto& s) -> auto& { return s.lambda.streaming; },
                      std::vector<std::pair<std::string_view, bool>>{{"buffered", false}, {"streaming", true}})},

        {"access_log", "TAPALCATL_ACCESS_LOG", G::logging,
         "Log of requests, one line each. auto: plain on a terminal, JSON otherwise.",
         choice_codec(
             [](auto& s) -> auto& { return s.logging.access_log; },
             std::vector<std::pair<std::string_view, AccessLog>>{{"auto", AccessLog::automatic},
                                                                 {"off", AccessLog::off},
                                                                 {"plain", AccessLog::plain},
                                                                 {"json", AccessLog::json}})},
        {"log_level", "TAPALCATL_LOG_LEVEL", G::logging, "Minimum level of messages on standard error.",
         choice_codec(
             [](auto& s) -> auto& { return s.logging.level; },
             std::vector<std::pair<std::string_view, log::Level>>{{"debug", log::Level::debug},
                                                                  {"info", log::Level::info},
                                                                  {"warning", log::Level::warning},
                                                                  {"error", log::Level::error},
                                                                  {"off", log::Level::off}})},
        {"log_format", "TAPALCATL_LOG_FORMAT", G::logging, "Form of these messages.",
         choice_codec([](auto& s) -> auto& { return s.logging.form; },
                      std::vector<std::pair<std::string_view, log::Form>>{{"plain", log::Form::plain},
                                                                          {"json", log::Form::json}})},
    };
}

}  // namespace

std::span<const SettingGroup> all_setting_groups() {
    using G = SettingGroup;
    static constexpr std::array<G, 13> groups{G::storage, G::access,  G::keys,     G::landcover, G::reading,
                                              G::cache,   G::answers, G::tilejson, G::preview,   G::http,
                                              G::limits,  G::lambda,  G::logging};
    return groups;
}

std::string_view title_of(SettingGroup group) {
    switch (group) {
        case SettingGroup::storage:
            return "Storage";
        case SettingGroup::access:
            return "Access to buckets and web servers";
        case SettingGroup::keys:
            return "Keys and metatiles";
        case SettingGroup::landcover:
            return "Land cover";
        case SettingGroup::reading:
            return "Reading archives";
        case SettingGroup::cache:
            return "Cache";
        case SettingGroup::answers:
            return "Answers";
        case SettingGroup::tilejson:
            return "TileJSON";
        case SettingGroup::preview:
            return "Preview";
        case SettingGroup::http:
            return "Connections";
        case SettingGroup::limits:
            return "Limits";
        case SettingGroup::lambda:
            return "AWS Lambda";
        case SettingGroup::logging:
            break;
    }
    return "Logs";
}

std::string Setting::flag() const {
    std::string flag = "--" + std::string(name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    return flag;
}

std::string Setting::default_value() const {
    if (!default_text.empty()) {
        return std::string(default_text);
    }
    const auto text = codec.text(Settings{});
    return text.empty() ? "none" : text;
}

std::span<const Setting> setting_table() {
    static const auto table = make_table();
    return table;
}

bool is_of_source(const Setting& setting) {
    return setting.group == SettingGroup::storage || setting.group == SettingGroup::access ||
           setting.group == SettingGroup::keys;
}

bool may_differ(const Setting& setting) {
    switch (setting.group) {
        case SettingGroup::storage:
        case SettingGroup::access:
        case SettingGroup::keys:
        case SettingGroup::tilejson:
            return true;
        case SettingGroup::answers:
            return setting.name != "tiles_url_base" && setting.name != "trusted_proxies";
        default:
            return false;
    }
}

bool takes_effect_on_reload(const Setting& setting) {
    switch (setting.group) {
        case SettingGroup::storage:
        case SettingGroup::access:
        case SettingGroup::keys:
        case SettingGroup::landcover:
        case SettingGroup::answers:
        case SettingGroup::tilejson:
        case SettingGroup::preview:
            return true;
        case SettingGroup::logging:
            return setting.name == "log_level";
        case SettingGroup::reading:
        case SettingGroup::cache:
        case SettingGroup::http:
        case SettingGroup::limits:
        case SettingGroup::lambda:
            break;
    }
    return false;
}

}  // namespace tapalcatl
