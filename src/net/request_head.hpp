#pragma once

#include "base/error.hpp"
#include "net/message.hpp"
#include "net/proxy.hpp"

#include <string>

namespace tapalcatl::net {

/// `request` as it goes over the wire, its body included. `proxy` is who it is sent to in clear text, if anybody: then
/// the target is the whole URL (RFC 9112, section 3.2.2).
/// Fails: bad_request for what would break the framing: a line break in a header, a blank in the target.
Result<std::string> write_request(const Request& request, const Proxy* proxy);

/// The request for a tunnel to `url` (RFC 9110, section 9.3.6).
std::string write_connect(const Url& url, const Proxy& proxy);

}  // namespace tapalcatl::net
