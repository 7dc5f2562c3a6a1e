#include "aws/credentials.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>

namespace tapalcatl::aws {
namespace {

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Credentials& credentials) {
    return out << printable(credentials.access_key_id);
}

Result<Credentials> checked(Credentials credentials, const CredentialNames& names) {
    struct Part {
        std::string_view name, text;
        bool may_be_empty;
    };
    const Part parts[] = {
        {names.access_key_id, credentials.access_key_id, false},
        {names.secret_access_key, credentials.secret_access_key.reveal(), false},
        {names.session_token, credentials.session_token.reveal(), true},
    };
    for (const auto& part : parts) {
        if (part.text.empty() && !part.may_be_empty) {
            return fail(Errc::usage, "{} is empty", part.name);
        }
        if (!is_plain(part.text)) {
            return fail(Errc::usage, "{} has a blank or another character that is not allowed", part.name);
        }
    }
    return credentials;
}

}  // namespace tapalcatl::aws
