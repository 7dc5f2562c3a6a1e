#pragma once

#include "aws/credentials.hpp"
#include "base/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

/// What the JSON answers of several providers have in common.
namespace tapalcatl::credentials {

/// Fails: corrupt if `text` is no JSON object, too_large over max_response_bytes.
Result<boost::json::object> parse_object(std::string_view text);

/// A text among the members; empty if it is not there or no text.
std::string text_of(const boost::json::object& object, std::string_view name);

/// The credentials among the members. The answers differ in the token's name.
/// Fails: corrupt if a part is missing or cannot be in a header.
Result<aws::Credentials> credentials_of(const boost::json::object& object, std::string_view token_name,
                                        bool must_expire);

/// The credentials or role of an agent of a container or of EC2's metadata service. Both always say when the
/// credentials expire. Fails: corrupt; denied if it has a Code other than Success.
Result<aws::Credentials> parse_container_response(std::string_view body);

/// An error's own words, for a log.
std::string error_text(std::string_view code, std::string_view message);

/// `credentials`, if they can be put into a header. Fails: corrupt.
Result<aws::Credentials> usable(aws::Credentials credentials);

}  // namespace tapalcatl::credentials
