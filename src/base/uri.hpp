#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl {

/// `text` with every byte but letters, digits and "-._~" written as %XX: AWS's UriEncode, and RFC 3986, section 2.1.
std::string uri_encode(std::string_view text);

/// An object's key as a path: like uri_encode, with its slashes left alone. Each segment is encoded once, which is what
/// S3 signs; nothing is normalized, so that "a//b" and "a/../b" name the objects they name.
std::string uri_encode_path(std::string_view key);

/// The parameters of a query, not encoded.
using Query = std::vector<std::pair<std::string, std::string>>;

/// `query` in canonical form, encoded and sorted, without '?': "max-keys=2&prefix=J". What is sent is what is signed.
std::string canonical_query(const Query& query);

}  // namespace tapalcatl
