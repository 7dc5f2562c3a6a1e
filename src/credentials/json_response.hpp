#pragma once

#include "aws/credentials.hpp"
#include "base/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

/// What the JSON responses of several services have in common.
/// All of it is foreign: a message of these functions shows nothing of a response but the code and message of an error.
namespace tapalcatl::credentials {

/// Parses a JSON object. Fails: corrupt if `text` is none, too_large over max_response_bytes.
Result<boost::json::object> parse_object(std::string_view text);

/// The string member of that name; empty if there is none or it is no string.
std::string text_of(const boost::json::object& object, std::string_view name);

/// The credentials among the members. `token_name` is the name of the session token, which differs by service.
/// Fails: corrupt if a part is missing or cannot be in a header.
Result<aws::Credentials> credentials_of(const boost::json::object& object, std::string_view token_name,
                                        bool must_expire);

/// Parses the response of a container agent or of the metadata service of EC2. Both always tell when the credentials
/// expire. Fails: corrupt; denied if it has a Code other than Success.
Result<aws::Credentials> parse_container_response(std::string_view body);

/// The code and message of an error response, shortened and printable.
std::string error_text(std::string_view code, std::string_view message);

/// Returns `credentials` if they can be put into a header. Fails: corrupt.
Result<aws::Credentials> usable(aws::Credentials credentials);

}  // namespace tapalcatl::credentials
