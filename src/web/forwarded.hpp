#pragma once

#include "base/error.hpp"
#include "web/message.hpp"
#include "web/trusted_proxies.hpp"

#include <string_view>

namespace tapalcatl::web {

/// How the client's request looked before proxies passed it on. Empty where no trusted proxy says.
struct Forwarded {
    std::string_view scheme;  ///< not checked, as all three
    std::string_view host;
    std::string_view prefix;  ///< what the proxy took away from the front of the path
};

/// Reads X-Forwarded-{For,Host,Proto,Prefix}, or Forwarded (RFC 7239) where none of the first three was sent, if the
/// request comes from a trusted proxy; else everything is empty.
///
/// Each proxy adds its word on the right. What counts is what the trusted proxy farthest from us said: the lists are
/// read from the right as long as the addresses in them are trusted ones. A proxy that is trusted must set the fields
/// it does not use to nothing, or clients set them.
///
/// Lifetime: views the request. Fails: bad_request if Forwarded is malformed, as then nobody knows who said what.
Result<Forwarded> read_forwarded(const Request& request, const TrustedProxies& proxies);

}  // namespace tapalcatl::web
