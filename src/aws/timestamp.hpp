#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::aws {

/// `time` in the form of x-amz-date: "20130524T000000Z". The first eight characters are the day of the credential
/// scope.
std::string amz_date(WallTime time);

/// Parses a time in the forms that credentials expire in and that boto3 reads: ISO 8601 in its extended or basic
/// format, with 'T' or a blank between date and time, with or without seconds and a fraction, with "Z", "UTC", "GMT" or
/// an offset
/// ("+01:00", "+0100", "+01"); or an HTTP date. nullopt for anything else, and for a time without a zone.
std::optional<WallTime> parse_timestamp(std::string_view text);

}  // namespace tapalcatl::aws
