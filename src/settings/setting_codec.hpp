#pragma once

#include "base/text.hpp"
#include "settings/setting_table.hpp"
#include "settings/units.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl {

/// The codecs below convert members of Settings from and to text. `Access` returns the member: `[](auto& s) -> auto&
/// { return s.cache.size_bytes; }`.

/// Any text.
template <class Access>
SettingCodec text_codec(std::string value_name, Access access) {
    return {std::move(value_name), "text",
            [access](std::string_view text, Settings& s) {
                access(s) = std::string(text);
                return true;
            },
            [access](const Settings& s) { return access(s); }};
}

/// A whole number from `min` to `max`.
template <class Access>
SettingCodec number_codec(Access access, std::uint64_t min, std::uint64_t max) {
    return {"N",
            fmt::format("a number from {} to {}", min, max),
            [access, min, max](std::string_view text, Settings& s) {
                const auto number = parse_number(text);
                if (!number || *number < min || *number > max) {
                    return false;
                }
                auto& member = access(s);
                member = static_cast<std::remove_reference_t<decltype(member)>>(*number);
                return true;
            },
            [access](const Settings& s) { return fmt::format("{}", access(s)); },
            nullptr,
            {.kind = ValueForm::Kind::number, .min = min, .max = max}};
}

/// A number of bytes from `min` to `max`.
template <class Access>
SettingCodec size_codec(Access access, std::uint64_t min, std::uint64_t max) {
    auto expected = std::string("a size such as 256MB, 64MiB or 4096");
    if (min > 0) {
        expected += fmt::format(", at least {}", size_text(min));
    }
    if (max < std::numeric_limits<std::uint64_t>::max()) {
        expected += fmt::format(", at most {}", size_text(max));
    }
    return {"SIZE",
            std::move(expected),
            [access, min, max](std::string_view text, Settings& s) {
                const auto size = parse_size(text);
                if (!size || *size < min || *size > max) {
                    return false;
                }
                access(s) = *size;
                return true;
            },
            [access](const Settings& s) { return size_text(access(s)); },
            nullptr,
            {.kind = ValueForm::Kind::size, .min = min, .max = max}};
}

enum class Zero { allowed, refused };

/// A duration, for a member of any unit. A value that the unit cannot represent is refused.
template <class Access>
SettingCodec duration_codec(Access access, Zero zero) {
    using Duration = std::remove_cvref_t<decltype(access(std::declval<Settings&>()))>;
    std::string expected = std::is_same_v<Duration, std::chrono::seconds>
                               ? "whole seconds, or a duration such as 90s, 5m or 24h"
                               : "a duration such as 500ms, 8s, 5m or 24h";
    if (zero == Zero::refused) {
        expected += ", above 0";
    }
    return {"DURATION",
            std::move(expected),
            [access, zero](std::string_view text, Settings& s) {
                const auto duration = parse_duration(text);
                if (!duration || (zero == Zero::refused && duration->count() == 0)) {
                    return false;
                }
                const auto in_unit = std::chrono::duration_cast<Duration>(*duration);
                if (in_unit != *duration) {
                    return false;
                }
                access(s) = in_unit;
                return true;
            },
            [access](const Settings& s) {
                // Ages in whole seconds are written as in Cache-Control.
                return std::is_same_v<Duration, std::chrono::seconds> ? fmt::format("{}", access(s).count())
                                                                      : duration_text(access(s));
            },
            nullptr,
            {.kind = ValueForm::Kind::duration, .min = zero == Zero::refused ? 1U : 0U}};
}

/// One of several words.
template <class Access, class Value>
SettingCodec choice_codec(Access access, std::vector<std::pair<std::string_view, Value>> choices) {
    std::string value_name;
    std::string expected;
    ValueForm form{.kind = ValueForm::Kind::choice};
    for (std::size_t i = 0; i < choices.size(); ++i) {
        form.words.push_back(choices[i].first);
        value_name += fmt::format("{}{}", i == 0 ? "" : "|", choices[i].first);
        expected += fmt::format("{}{}", i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ", choices[i].first);
    }
    return {std::move(value_name),
            std::move(expected),
            [access, choices](std::string_view text, Settings& s) {
                for (const auto& [word, value] : choices) {
                    if (word == text) {
                        access(s) = value;
                        return true;
                    }
                }
                return false;
            },
            [access, choices](const Settings& s) {
                for (const auto& [word, value] : choices) {
                    if (access(s) == value) {
                        return std::string(word);
                    }
                }
                return std::string();
            },
            nullptr,
            std::move(form)};
}

// Codecs of single members.
SettingCodec storage_codec();
SettingCodec bucket_codec();
SettingCodec role_arn_codec();
SettingCodec requester_pays_codec();
SettingCodec include_hash_codec();
SettingCodec metatile_size_codec();
SettingCodec max_detail_zoom_codec();
SettingCodec materialized_zooms_codec();
SettingCodec landcover_tile_size_codec();
SettingCodec cache_type_codec();
SettingCodec shared_max_age_codec();
SettingCodec url_base_codec();

/// The name of a header, or nothing.
SettingCodec host_header_codec();
SettingCodec trusted_proxies_codec();
SettingCodec cors_origins_codec();
SettingCodec bounds_codec();
SettingCodec center_codec();
SettingCodec host_codec();

}  // namespace tapalcatl
