#pragma once

#include "base/error.hpp"
#include "web/message.hpp"
#include "web/trusted_proxies.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::web {

/// The URL under which the client reaches this server's root, without a slash at the end: "https://maps.example/tiles".
///
/// Scheme, host and path prefix are those that trusted proxies name, else the request's own; the host of a target in
/// absolute form comes before Host. The result is safe in JSON, HTML and headers: of a host only names, addresses and
/// ports pass, of a prefix letters, digits and -._~%/.
///
/// Fails: bad_request if there is no host, or host, scheme or prefix is none.
Result<std::string> base_url(const Request& request, const TrustedProxies& proxies);

/// Checks a TILES_URL_BASE when it is configured: empty, "http(s)://host...", "//host..." or "/path", each perhaps with
/// "{s}" in it, no query. Returns it without slashes at the end. Fails: usage.
Result<std::string> parse_tiles_url_base(std::string_view configured);

/// What tile URLs begin with, without a slash at the end: `configured`, as parse_tiles_url_base returned it, or where
/// that is empty base_url(). A path is resolved against the request's scheme and host (a prefix is not added: it says
/// all), "//host" against the scheme. A "{s}" makes four URLs, with a, b, c and d in its place; else there is one.
///
/// Fails: bad_request as base_url(), where something of the request is needed.
Result<std::vector<std::string>> tile_url_bases(std::string_view configured, const Request& request,
                                                const TrustedProxies& proxies);

}  // namespace tapalcatl::web
