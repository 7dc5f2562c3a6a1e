#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tapalcatl {

/// An http:// URL, as far as a plain GET needs it.
struct HttpUrl {
    std::string host;  ///< a name or an address, without brackets
    std::uint16_t port = 80;
    std::string target = "/";  ///< path and query

    /// As the Host header has it.
    std::string authority() const;
    std::string text() const { return "http://" + authority() + target; }
};

/// `default_path` is the path of a URL that has none.
/// Fails: usage for what is no http:// URL, and for URLs with credentials, blanks or control characters.
Result<HttpUrl> parse_http_url(std::string_view text, std::string_view default_path);

}  // namespace tapalcatl
