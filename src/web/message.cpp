#include "web/message.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tapalcatl::web {

std::string_view Headers::find(std::string_view name) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        if (rest.size() > name.size() && rest[name.size()] == ':' && iequals(rest.substr(0, name.size()), name)) {
            const auto start = name.size() + 2;  // past ": "
            return rest.substr(start, end - start);
        }
        rest.remove_prefix(end + 2);
    }
    return {};
}

namespace {

bool is_token_character(char c) {
    return is_ascii_alphanumeric(c) ||
           (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

}  // namespace

std::string_view name_of(CacheState cache) {
    switch (cache) {
        case CacheState::hit:
            return "hit";
        case CacheState::miss:
            return "miss";
        case CacheState::stale:
            return "stale";
        case CacheState::none:
            break;
    }
    return "-";
}

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
