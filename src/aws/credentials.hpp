#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace tapalcatl::aws {

/// What requests are signed with. Printed, it shows the access key's id, which is no secret, and nothing else of them.
struct Credentials {
    std::string access_key_id;
    Secret secret_access_key;
    Secret session_token;             ///< empty for keys that do not expire
    std::optional<WallTime> expires;  ///< not known: no value

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

std::ostream& operator<<(std::ostream& out, const Credentials& credentials);

/// `credentials`, if they can be put into a header.
///
/// Fails: usage, naming the part, never showing it: the id or the secret is empty, or a part has a control character, a
/// blank or a byte over 0x7e (a line break at the end of a variable is the usual one).
Result<Credentials> checked(Credentials credentials);

}  // namespace tapalcatl::aws

template <>
struct fmt::formatter<tapalcatl::aws::Credentials> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const tapalcatl::aws::Credentials& credentials, Context& context) const {
        return fmt::formatter<std::string_view>::format(credentials.access_key_id, context);
    }
};
