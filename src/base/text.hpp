#pragma once

#include "base/clock.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace tapalcatl {

/// The decimal number `digits`. Only digits are accepted: no sign, no blank, no empty text. nullopt also if the number
/// does not fit into 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view digits);

/// Whether `text` is one or more decimal digits, however many.
bool is_digits(std::string_view text);

/// Equality without regard to the case of ASCII letters.
bool iequals(std::string_view a, std::string_view b);

/// `text` with its ASCII letters in lower case.
std::string lower_case(std::string_view text);

constexpr bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_ascii_alphanumeric(char c) {
    return is_ascii_letter(c) || (c >= '0' && c <= '9');
}

/// The value of a hexadecimal digit of either case; nullopt for any other character.
std::optional<unsigned> hex_digit(char c);

/// `text` without blanks (space, tab) at both ends. Lifetime: views `text`.
std::string_view trim(std::string_view text);

/// The part of `rest` before the first `separator`; `rest` becomes the part after it, or empty. Lifetime: views `rest`.
std::string_view next_field(std::string_view& rest, char separator);

/// The number of bytes of the UTF-8 character at the front of `text` (RFC 3629, section 4): no overlong form, no
/// surrogate, nothing beyond U+10FFFF. 0 if there is none, or `text` is empty.
std::size_t utf8_size(std::string_view text);

/// Whether all of `text` is UTF-8.
bool is_utf8(std::string_view text);

/// `text` with every byte that is not part of UTF-8 replaced by U+FFFD: names in archives are any bytes, strings in
/// JSON must be UTF-8.
std::string utf8(std::string_view text);

/// `time` in UTC with milliseconds (RFC 3339): "2026-11-28T13:05:09.123Z". Requires: a year from 0 to 9999.
std::string rfc3339(WallTime time);

/// A number of bytes for people: "532 B", "36.1 kB", "7.6 MB" (powers of 1000).
std::string human_size(std::uint64_t bytes);

/// `text` with control characters and bytes above 0x7e written as \xNN, for one line of a terminal or log.
std::string printable(std::string_view text);

/// Text that must not be shown: printed, logged or formatted it is "***". Only reveal() gives the text.
class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }

    friend bool operator==(const Secret&, const Secret&) = default;

 private:
    std::string text_;
};

/// "***", or an empty text for an empty secret.
inline std::string_view masked(const Secret& secret) {
    return secret.empty() ? "" : "***";
}

inline std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << masked(secret);
}

}  // namespace tapalcatl

template <>
struct fmt::formatter<tapalcatl::Secret> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const tapalcatl::Secret& secret, Context& context) const {
        return fmt::formatter<std::string_view>::format(tapalcatl::masked(secret), context);
    }
};
