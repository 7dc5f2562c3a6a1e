#include "web/characters.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tapalcatl::web {
namespace {

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
