#pragma once

#include "base/error.hpp"
#include "web/message.hpp"

#include <string_view>

namespace tapalcatl::web {

/// The HTTP status that stands for a failure; the only place where it is decided.
unsigned status_of(Errc code);

/// What clients may read about a failure, without keys, buckets or paths.
std::string_view public_text(Errc code);

/// The answer that reports `error`. Of the message only bad_request's reaches the client, so it must speak of nothing
/// but the request.
Response failure(const Error& error, const Request& request);

/// The answer `status` with one line of text, or as JSON (`{"error":"...","status":404}`) where the client would
/// rather have that, with CORS headers. Control and non-ASCII characters in `text` are escaped.
///
/// 404 may be cached for 30 s, everything else may not be kept. 503 says when to come back.
Response failure(unsigned status, std::string_view text, const Request& request);

/// 405 with Allow: for a method that a route which exists does not have.
Response method_not_allowed(const Request& request);

}  // namespace tapalcatl::web
