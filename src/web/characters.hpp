#pragma once

#include <string_view>

namespace tapalcatl::web {

/// Whether `text` has a byte that is an ASCII control character (below 0x20, or 0x7f).
bool has_control(std::string_view text);

/// Whether `text` is a token (RFC 9110, section 5.6.2): letters, digits and some signs, at least one.
bool is_token(std::string_view text);

/// The next member of a comma-separated list (RFC 9110, section 5.6.1), without blanks around it; `rest` becomes what
/// follows. Empty members are passed over: an empty result means that the list is at its end.
///
/// For lists whose members have no quoted strings. Lifetime: views `rest`.
std::string_view next_member(std::string_view& rest);

}  // namespace tapalcatl::web
