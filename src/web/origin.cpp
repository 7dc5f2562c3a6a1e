#include "web/origin.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "web/forwarded.hpp"
#include "web/target.hpp"

#include <algorithm>

namespace tapalcatl::web {
namespace {

constexpr std::size_t max_shown_length = 80;

/// Whether `text` is a path of unreserved characters and escapes: "/a/b".
bool is_plain_path(std::string_view text) {
    constexpr std::string_view others = "-._~%/";
    return text.starts_with('/') && !text.starts_with("//") && std::all_of(text.begin(), text.end(), [&](char c) {
               return is_ascii_alphanumeric(c) || others.find(c) != std::string_view::npos;
           });
}

std::string_view without_trailing_slashes(std::string_view text) {
    return text.substr(0, text.find_last_not_of('/') + 1);  // npos + 1 is 0: nothing but slashes leaves nothing
}

struct Origin {
    std::string_view scheme;
    std::string_view host;
    std::string_view prefix;
};

/// The scheme, host and prefix that the client used, validated.
Result<Origin> origin_of(const Request& request, const TrustedProxies& proxies) {
    const auto forwarded = read_forwarded(request, proxies);
    if (!forwarded) {
        return forwarded.error();
    }
    Origin origin;
    const auto scheme = forwarded->scheme.empty() ? request.scheme : forwarded->scheme;
    if (iequals(scheme, "https")) {
        origin.scheme = "https";
    } else if (iequals(scheme, "http")) {
        origin.scheme = "http";
    } else {
        return fail(Errc::bad_request, "scheme '{}': expected http or https",
                    printable(scheme.substr(0, max_shown_length)));
    }

    const auto in_target = authority_of(request.target);
    const auto own_host = in_target.empty() ? trim(request[Field::host]) : in_target;
    origin.host = forwarded->host.empty() ? own_host : forwarded->host;
    if (!parse_authority(origin.host)) {
        return fail(Errc::bad_request, "host '{}': expected a name or address, perhaps with a port",
                    printable(origin.host.substr(0, max_shown_length)));
    }

    // Behind a proxy that names its host, the front's own prefix is no part of the client's URL.
    const auto own_prefix = forwarded->host.empty() ? request.prefix : std::string_view();
    origin.prefix = without_trailing_slashes(forwarded->prefix.empty() ? own_prefix : forwarded->prefix);
    if (!origin.prefix.empty() && !is_plain_path(origin.prefix)) {
        return fail(Errc::bad_request, "prefix '{}': expected a path such as /maps",
                    printable(origin.prefix.substr(0, max_shown_length)));
    }
    return origin;
}

}  // namespace

Result<std::string> base_url(const Request& request, const TrustedProxies& proxies) {
    const auto origin = origin_of(request, proxies);
    if (!origin) {
        return origin.error();
    }
    return fmt::format("{}://{}{}", origin->scheme, origin->host, origin->prefix);
}

Result<std::string> parse_tiles_url_base(std::string_view configured) {
    const auto base = without_trailing_slashes(trim(configured));
    const auto invalid = [&] {
        return fail(Errc::usage, "tiles URL base '{}': expected https://host/path, //host/path or /path, without query",
                    url_for_people(configured));
    };
    if (base.empty()) {
        return std::string();
    }
    std::string without_s;
    for (std::size_t at = 0; at < base.size();) {
        if (base.substr(at).starts_with("{s}")) {
            without_s += 's';
            at += 3;
        } else {
            without_s += base[at++];
        }
    }
    std::string_view rest = without_s;
    auto authority = authority_of(rest);
    if (!authority.empty()) {
        rest.remove_prefix(static_cast<std::size_t>(authority.data() - rest.data()) + authority.size());
    } else if (rest.starts_with("//")) {
        authority = rest.substr(2, rest.find('/', 2) - 2);
        rest.remove_prefix(2 + authority.size());
        if (authority.empty()) {
            return invalid();
        }
    } else if (rest.empty() || rest[0] != '/') {
        return invalid();
    }
    if (!authority.empty() && !parse_authority(authority)) {
        return invalid();
    }
    if (!rest.empty() && !is_plain_path(rest)) {
        return invalid();
    }
    return std::string(base);
}

Result<std::vector<std::string>> tile_url_bases(std::string_view configured, const Request& request,
                                                const TrustedProxies& proxies) {
    std::string base;
    if (configured.starts_with('/') || configured.empty()) {
        const auto origin = origin_of(request, proxies);
        if (!origin) {
            return origin.error();
        }
        if (configured.empty()) {
            base = fmt::format("{}://{}{}", origin->scheme, origin->host, origin->prefix);
        } else if (configured.starts_with("//")) {
            base = fmt::format("{}:{}", origin->scheme, configured);
        } else {
            base = fmt::format("{}://{}{}", origin->scheme, origin->host, configured);
        }
    } else {
        base = configured;
    }
    constexpr std::string_view mark = "{s}";
    if (base.find(mark) == std::string::npos) {
        return std::vector{std::move(base)};
    }
    std::vector<std::string> bases;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        auto& url = bases.emplace_back(base);
        for (auto at = url.find(mark); at != std::string::npos; at = url.find(mark)) {
            url.replace(at, mark.size(), 1, letter);
        }
    }
    return bases;
}

}  // namespace tapalcatl::web
