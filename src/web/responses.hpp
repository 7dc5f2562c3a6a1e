#pragma once

#include "base/error.hpp"
#include "web/message.hpp"

#include <string_view>

namespace tapalcatl::web {

/// The methods of every route, as listed in Allow and Access-Control-Allow-Methods.
inline constexpr std::string_view allowed_methods = "GET, HEAD, OPTIONS";

/// Lets pages of any origin read the response and its ETag. Required on every response, including errors.
void add_cors(Headers& headers);

/// The response to OPTIONS on a route that exists: 204 with the headers of a CORS preflight (Fetch standard, section
/// 3.2). All request headers that the preflight names are allowed if they are a list of tokens of at most 1000 bytes;
/// otherwise none is.
Response preflight(const Request& request);

/// The reason phrase of a status (RFC 9110, section 15), or "Status" if the server does not use that status.
std::string_view reason_of(unsigned status);

/// Whether a response with this status has no body, whatever its headers say (RFC 9110, section 6.4.1).
constexpr bool is_bodiless(unsigned status) {
    return status == 204 || status == 304;
}

/// The HTTP status for a failure. There is no other mapping.
unsigned status_of(Errc code);

/// The text about a failure that clients may see, without keys, buckets or paths.
std::string_view public_text(Errc code);

/// The response that reports `error`. Only the message of bad_request reaches the client, so it must contain nothing
/// but facts about the request.
Response failure(const Error& error, const Request& request);

/// A response with `status` and one line of text, or with JSON (`{"error":"...","status":404}`) if the client prefers
/// that, with CORS headers. Control and non-ASCII characters in `text` are escaped.
///
/// 404 may be cached for 30 s, other errors may not be stored. 503 has Retry-After.
Response failure(unsigned status, std::string_view text, const Request& request);

/// 405 with Allow, for an existing route that does not have the method.
Response method_not_allowed(const Request& request);

}  // namespace tapalcatl::web
