#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::web {

/// `time` as an IMF-fixdate (RFC 9110, section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
///
/// Times outside of the years 0 to 9999 become the first or last second of that range.
std::string format_date(std::chrono::sys_seconds time);

/// Reads an HTTP date in one of the three formats of RFC 9110, section 5.6.7: IMF-fixdate, RFC 850 and asctime.
///
/// nullopt for anything else, such as another time zone, blanks around it, or a day that the month does not have. The
/// weekday has to be valid, but is not compared with the date. Two-digit years are 1970 to 2069.
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text);

}  // namespace tapalcatl::web
