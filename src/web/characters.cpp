#include "web/characters.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdint>

namespace tapalcatl::web {
namespace {

/// How many bytes the UTF-8 sequence at the front of `text` has; 0 if it is none.
std::size_t sequence_size(std::string_view text) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const auto first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return continues(1) ? 2 : 0;
    }
    if ((first & 0xf0) == 0xe0) {
        const auto overlong = first == 0xe0 && byte(1) < 0xa0;
        const auto surrogate = first == 0xed && byte(1) >= 0xa0;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const auto overlong = first == 0xf0 && byte(1) < 0x90;
        const auto too_far = first == 0xf4 && byte(1) >= 0x90;
        return continues(1) && continues(2) && continues(3) && !overlong && !too_far ? 4 : 0;
    }
    return 0;
}

bool is_token_character(char c) {
    return is_ascii_alphanumeric(c) ||
           (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

}  // namespace

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

bool is_utf8(std::string_view text) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    auto rest = text;
    while (!rest.empty()) {
        const auto plain = std::find_if_not(rest.begin(), rest.end(), is_ascii) - rest.begin();
        rest.remove_prefix(static_cast<std::size_t>(plain));
        if (!rest.empty()) {
            const auto size = sequence_size(rest);
            if (size == 0) {
                return false;
            }
            rest.remove_prefix(size);
        }
    }
    return true;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string_view next_member(std::string_view& rest) {
    while (!rest.empty()) {
        const auto member = trim(next_field(rest, ','));
        if (!member.empty()) {
            return member;
        }
    }
    return {};
}

}  // namespace tapalcatl::web
