#pragma once

#include "base/error.hpp"
#include "web/forwarded.hpp"
#include "web/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::web {

/// The URL of this server's root as the client sees it, without a trailing slash: "https://maps.example/tiles".
///
/// Scheme, host and path prefix are those of trusted proxies, else those of the request; the host of a target in
/// absolute form takes precedence over Host. A request's own prefix counts unless a trusted proxy names the host. The
/// result is safe in JSON, HTML and headers: a host is a name or address, perhaps with a port, and a prefix consists of
/// letters, digits and -._~%/.
///
/// Fails: bad_request if there is no host, or if host, scheme or prefix is invalid.
Result<std::string> base_url(const Request& request, const TrustedProxies& proxies);

/// Validates TILES_URL_BASE: empty, "http(s)://host...", "//host..." or "/path", each optionally with "{s}", without a
/// query. Returns it without trailing slashes. Fails: usage.
Result<std::string> parse_tiles_url_base(std::string_view configured);

/// The start of tile URLs, without a trailing slash: `configured`, as returned by parse_tiles_url_base(), or base_url()
/// if that is empty. A path is resolved against the scheme and host of the request, without the prefix; "//host" is
/// resolved against the scheme. "{s}" makes four URLs, in which a, b, c and d replace it; otherwise there is one.
///
/// Fails: bad_request as base_url(), if a part of the request is needed.
Result<std::vector<std::string>> tile_url_bases(std::string_view configured, const Request& request,
                                                const TrustedProxies& proxies);

}  // namespace tapalcatl::web
