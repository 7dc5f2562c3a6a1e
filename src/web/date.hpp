#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::web {

/// An HTTP date in the one form that is sent (IMF-fixdate; RFC 9110, section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
///
/// Times outside of the years 0 to 9999 become the first or last second that the form can say.
std::string format_date(std::chrono::sys_seconds time);

/// Reads an HTTP date in any of the three forms of RFC 9110, section 5.6.7: IMF-fixdate, RFC 850's and asctime's.
///
/// nullopt for anything else: another zone, blanks around it, a day that the month does not have. The name of the
/// weekday must be one, but is not compared with the date. Two-digit years are 1970 to 2069.
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text);

}  // namespace tapalcatl::web
