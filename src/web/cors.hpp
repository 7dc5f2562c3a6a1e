#pragma once

#include "web/message.hpp"

namespace tapalcatl::web {

/// What every route answers to, as Allow and Access-Control-Allow-Methods list it.
inline constexpr std::string_view allowed_methods = "GET, HEAD, OPTIONS";

/// Lets a page of any origin read the answer and its ETag. Belongs on every answer, errors too.
void add_cors(Headers& headers);

/// The answer to OPTIONS on a route that exists: 204 with what a CORS preflight asks for (Fetch standard, section
/// 3.2). The request headers that it names are allowed as they are, if they are a list of at most 1000 bytes of
/// tokens; else none is.
Response preflight(const Request& request);

}  // namespace tapalcatl::web
