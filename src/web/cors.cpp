#include "web/cors.hpp"

#include "web/characters.hpp"

namespace tapalcatl::web {
namespace {

/// "a, b" of a list of tokens; empty if any member is none.
std::string token_list(std::string_view text) {
    std::string list;
    list.reserve(text.size());
    auto rest = text;
    for (auto member = next_member(rest); !member.empty(); member = next_member(rest)) {
        if (!is_token(member)) {
            return {};
        }
        if (!list.empty()) {
            list += ", ";
        }
        list += member;
    }
    return list;
}

}  // namespace

void add_cors(Headers& headers) {
    headers.add("Access-Control-Allow-Origin", "*");
    headers.add("Access-Control-Expose-Headers", "ETag");
}

Response preflight(const Request& request) {
    constexpr std::size_t max_list_length = 1000;
    Response response;
    response.status = 204;
    add_cors(response.headers);
    response.headers.add("Allow", allowed_methods);
    response.headers.add("Access-Control-Allow-Methods", allowed_methods);
    // "*" would not cover Authorization, so the names are repeated.
    const auto asked = request[Field::access_control_request_headers];
    const auto names = asked.size() <= max_list_length ? token_list(asked) : std::string();
    if (!names.empty()) {
        response.headers.add("Access-Control-Allow-Headers", names);
    }
    response.headers.add("Access-Control-Max-Age", "86400");
    response.headers.add("Vary", "Access-Control-Request-Headers");
    return response;
}

}  // namespace tapalcatl::web
