#include "settings/setting_details.hpp"

#include <algorithm>
#include <array>

namespace tapalcatl {

std::span<const SettingDetails> all_setting_details() {
    static constexpr auto details = std::to_array<SettingDetails>({
        {"storage",
         "Special characters in the path of a folder are written as `%XX`; keys of a bucket have no escapes. The query "
         "of "
         "a web server's URL goes with every read, and is not shown anywhere."},
        {"s3_bucket", "Exactly one of this and `TAPALCATL_STORAGE` must be given."},
        {"requester_pays", "Values such as `yes` are warned about."},
        {"s3_connections", "Further ones queue."},
        {"s3_layer", "The URLs of tapalcatl-py always say `all`."},
        {"landcover", "`off`: there is no such route. If there are no such archives, its tiles are a 404."},
        {"landcover_tile_size", "URLs must name this size; any other one is a 400."},
        {"read",
         "`auto` reads smaller archives completely, `whole` reads up to the last 16 MiB, and `range` the 66 kB that "
         "lead "
         "to the directory."},
        {"cache_type",
         "A folder outlives a restart, and several servers can share a Redis. The names are those of Flask-Caching, in "
         "any of its forms; a type without a counterpart (`memcached`, `uwsgi`, ...) is warned about."},
        {"cache_dir", "That cache requires it. Only the subfolder `tapalcatl-t1` is used."},
        {"cache_redis_url", "`redis://user:password@host:port/database`, or `unix:///path?db=0`; `rediss://` is TLS."},
        {"cache_wait", "Raise it for a distant Redis that is still nearer than the storage."},
        {"cache_size", "Reads in flight count, too."},
        {"cache_default_timeout",
         "After that, it is served stale while it is revalidated; after another hour, the client waits for the "
         "revalidation."},
        {"shared_cache_max_age", "It is for shared caches."},
        {"missing_tile", "It does not matter whether the archive of the tile exists."},
        {"bounds", "West, south, east and north, in degrees."},
        {"center",
         "Longitude, latitude and zoom. If the default is outside of the bounds, it is their middle; its zoom is moved "
         "into the zooms."},
        {"max_zoom", "The routes of tapalcatl-py always accept zooms 0 to 16."},
        {"preview", "`off`: no `/preview.html`, none of its files, no `/preview/inspect/...`."},
        {"tiles_preview_api_key", "Everybody who opens the preview can read it."},
        {"host", "Conda sets HOST to the kind of machine: unset it there, or give the flag."},
        {"threads", "One more thread reads archives, four more wait for the disk."},
        {"header_timeout", "It begins with the first byte."},
        {"idle_timeout", "A proxy in front should close them earlier."},
        {"max_header_size", "Larger ones are a 431."},
        {"request_timeout", "The read goes on, and its result is cached."},
        {"max_requests", "Tiles in memory do not count."},
        {"max_pending_bytes", "Beyond it, all requests are a 503."},
        {"lambda_host_header",
         "The CDN must set it in every request, or clients can. TileJSON is a 400 where its value is no host; tiles do "
         "not depend on it. `TILES_URL_BASE` takes precedence."},
        {"lambda_access_log_sample", "It begins with the first request of each process."},
        {"lambda_metrics",
         "Namespace `tapalcatl`, dimension `FunctionName`: Duration, Bytes, CacheHits, Errors, Reads and ReadBytes."},
        {"lambda_response_mode",
         "Streamed responses have no base64 and may have 200 MB. The front must be set to stream, too: `InvokeMode` "
         "RESPONSE_STREAM, `ResponseTransferMode` STREAM. Fronts that cannot stream get buffered responses."},
        {"access_log", "It goes to standard output."},
    });
    return details;
}

std::string_view details_of(std::string_view name) {
    const auto all = all_setting_details();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    return found == all.end() ? std::string_view() : found->text;
}

}  // namespace tapalcatl
