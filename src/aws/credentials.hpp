#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace tapalcatl::aws {

/// What requests are signed with. When printed, only the id of the access key shows, which is no secret.
struct Credentials {
    std::string access_key_id;
    Secret secret_access_key;
    Secret session_token;             ///< empty for keys that do not expire
    std::optional<WallTime> expires;  ///< nullopt: unknown

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

std::ostream& operator<<(std::ostream& out, const Credentials& credentials);

/// How messages call the parts of credentials.
struct CredentialNames {
    std::string_view access_key_id = "the access key id";
    std::string_view secret_access_key = "the secret access key";
    std::string_view session_token = "the session token";
};

/// Returns `credentials` if they can be put into a header.
///
/// Fails: usage if the id or the secret is empty, or a part has a control character, a blank or a byte over 0x7e, often
/// a line break at the end of a variable. The message names the part and does not show it.
Result<Credentials> checked(Credentials credentials, const CredentialNames& names = {});

}  // namespace tapalcatl::aws

template <>
struct fmt::formatter<tapalcatl::aws::Credentials> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const tapalcatl::aws::Credentials& credentials, Context& context) const {
        return fmt::formatter<std::string_view>::format(credentials.access_key_id, context);
    }
};
