#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::aws {

/// `time` in the form of x-amz-date: "20130524T000000Z". The first eight characters are the day of the credential
/// scope.
std::string amz_date(WallTime time);

/// Reads a time in the forms that credentials expire in: "2026-11-23T04:39:07Z", with a fraction of a second, with an
/// offset ("+01:00") or "UTC" in place of the Z. nullopt for anything else.
std::optional<WallTime> parse_timestamp(std::string_view text);

}  // namespace tapalcatl::aws
