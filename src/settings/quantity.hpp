#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl {

/// A number of bytes as people write it: "256MB" (powers of 1000), "64MiB" (powers of 1024), "4096". Units in any case;
/// a blank may stand before them. nullopt for all else, fractions and signs included, and beyond 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that parse_size() reads as `bytes`: "256MB", "32MiB", "1001".
std::string size_text(std::uint64_t bytes);

/// A length of time: "500ms", "8s", "5m", "24h", "7d", or a bare number of seconds. nullopt for all else, and beyond
/// ten years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that parse_duration() reads as `duration`. Requires: it is not negative.
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace tapalcatl
