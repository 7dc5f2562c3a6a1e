#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Numbers with units, as people write settings.
namespace tapalcatl {

/// Parses a number of bytes: "256MB" (powers of 1000), "64MiB" (powers of 1024), "4096". The
/// case of units does not matter; one blank may precede them. nullopt for anything else, including fractions, signs and
/// numbers beyond 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that parse_size() reads as `bytes`: "256MB", "32MiB", "1001".
std::string size_text(std::uint64_t bytes);

/// Parses a duration: "500ms", "8s", "5m", "24h", "7d", or a bare number of seconds. nullopt for anything else, and for
/// more than ten years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that parse_duration() reads as `duration`. Requires: `duration` is not negative.
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace tapalcatl
