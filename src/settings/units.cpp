#include "settings/units.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <span>
#include <utility>

namespace tapalcatl {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

/// From the largest to the smallest, so that the first one that divides a number gives its shortest text.
constexpr std::array size_units{
    Unit{"TiB", std::uint64_t{1} << 40U},
    Unit{"TB", 1'000'000'000'000},
    Unit{"GiB", std::uint64_t{1} << 30U},
    Unit{"GB", 1'000'000'000},
    Unit{"MiB", 1U << 20U},
    Unit{"MB", 1'000'000},
    Unit{"KiB", 1U << 10U},
    Unit{"kB", 1'000},
    Unit{"B", 1},
};

/// In milliseconds.
constexpr std::array duration_units{
    Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}, Unit{"ms", 1},
};

constexpr std::uint64_t ten_years_ms = 3650 * std::uint64_t{86'400'000};

/// Parses digits, an optional blank and a unit. `bare` is the factor of a number without a unit.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units, std::uint64_t bare) {
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    const auto number = parse_number(digits);
    if (!number) {
        return std::nullopt;
    }
    auto unit_text = text.substr(digits.size());
    auto factor = bare;
    if (!unit_text.empty()) {
        unit_text.remove_prefix(unit_text.front() == ' ' ? 1 : 0);
        factor = 0;
        for (const auto& [name, value] : units) {
            if (iequals(unit_text, name)) {
                factor = value;
            }
        }
    }
    if (factor == 0 || *number > std::numeric_limits<std::uint64_t>::max() / factor) {
        return std::nullopt;
    }
    return *number * factor;
}

std::string text_with_unit(std::uint64_t value, std::span<const Unit> units) {
    for (const auto& [name, factor] : units) {
        if (value % factor == 0) {
            return fmt::format("{}{}", value / factor, name);
        }
    }
    return fmt::format("{}", value);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_with_unit(text, size_units, 1);
}

std::string size_text(std::uint64_t bytes) {
    if (bytes == 0) {
        return "0";
    }
    auto text = text_with_unit(bytes, size_units);
    if (bytes % 1000 != 0 && bytes % 1024 != 0) {
        text.pop_back();  // plain bytes need no unit
    }
    return text;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto milliseconds = parse_with_unit(text, duration_units, 1000);
    if (!milliseconds || *milliseconds > ten_years_ms) {
        return std::nullopt;
    }
    return std::chrono::milliseconds(*milliseconds);
}

std::string duration_text(std::chrono::milliseconds duration) {
    if (duration.count() == 0) {
        return "0s";
    }
    // Days are read, but not written: "24h" and "36h" are more usual.
    return text_with_unit(static_cast<std::uint64_t>(duration.count()), std::span(duration_units).subspan<1>());
}

}  // namespace tapalcatl
