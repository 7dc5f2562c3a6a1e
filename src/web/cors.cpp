#include "web/cors.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tapalcatl::web {
namespace {

/// An origin as browsers send it (HTML standard, "serialization of an origin"); empty if `text` is none.
std::string origin_of(std::string_view text) {
    const auto parts = split_url(text);
    const bool has_more =
        !parts || parts->userinfo || !parts->path.empty() || parts->query || text.find('#') != std::string_view::npos;
    const auto authority = has_more ? std::nullopt : parse_authority(parts->authority);
    if (!authority) {
        return {};
    }
    const auto scheme = lower_case(parts->scheme);
    const std::uint16_t usual_port = scheme == "https" ? 443 : scheme == "http" ? 80 : 0;
    const bool has_port = authority->port && *authority->port != usual_port;
    return fmt::format("{}://{}", scheme,
                       has_port ? host_and_port(authority->host, *authority->port) : bracketed(authority->host));
}

}  // namespace

Result<CorsOrigins> CorsOrigins::parse(std::string_view text) {
    std::vector<std::string> list;
    bool has_all = false;
    auto rest = text;
    for (auto member = next_member(rest); !member.empty(); member = next_member(rest)) {
        if (member == "*") {
            has_all = true;
            list.emplace_back(member);
            continue;
        }
        auto origin = origin_of(member);
        if (origin.empty()) {
            const bool has_query = member.find('?') != std::string_view::npos;
            return fail(Errc::usage, "'{}{}' is no origin", url_for_people(member), has_query ? "?***" : "");
        }
        list.push_back(std::move(origin));
    }
    if (list.empty()) {
        return fail(Errc::usage, "there is no origin");
    }
    if (has_all && list.size() > 1) {
        return fail(Errc::usage, "'*' among others");
    }
    CorsOrigins origins;
    if (!has_all) {
        origins.list_ = std::make_shared<const std::vector<std::string>>(std::move(list));
    }
    return origins;
}

bool CorsOrigins::have(std::string_view origin) const {
    return std::find(list_->begin(), list_->end(), origin) != list_->end();
}

std::string CorsOrigins::text() const {
    return list_ == nullptr ? "*" : fmt::format("{}", fmt::join(*list_, ","));
}

void limit_to_origins(Response& response, const CorsOrigins& origins, std::string_view origin) {
    Headers headers;
    headers.reserve(response.headers.text().size() + origin.size() + 16);
    bool has_vary = false;
    response.headers.for_each([&](std::string_view name, std::string_view value) {
        if (name == "Access-Control-Allow-Origin") {
            if (origins.have(origin)) {
                headers.add(name, origin);
            }
        } else if (name == "Vary") {
            has_vary = true;
            headers.add(name, fmt::format("{}, Origin", value));
        } else {
            headers.add(name, value);
        }
    });
    if (!has_vary) {
        headers.add("Vary", "Origin");
    }
    response.headers = std::move(headers);
    response.varies_by_origin = true;
}

}  // namespace tapalcatl::web
