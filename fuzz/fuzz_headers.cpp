// Header fields of requests: nothing that a client sends comes back in a header or a URL with characters that could
// break it, and conditions match only what was offered. The input is a list of values, each ended by 0x1e.

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "web/caching.hpp"
#include "web/date.hpp"
#include "web/message.hpp"
#include "web/negotiation.hpp"
#include "web/origin.hpp"
#include "web/responses.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace {

using namespace tapalcatl;
using namespace tapalcatl::web;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

void check_conditions(std::string_view if_none_match, std::string_view if_modified_since) {
    constexpr std::string_view gzip_tag = R"("c1315abc-9a3f-g")";
    constexpr std::array tags{gzip_tag, std::string_view(R"("a,b")")};
    const auto modified = std::chrono::sys_seconds{std::chrono::seconds{784111777}};
    const auto matched = unchanged(if_none_match, if_modified_since, tags, modified);
    require(!matched || std::find(tags.begin(), tags.end(), *matched) != tags.end());
    if (matched && !if_none_match.empty()) {
        require(trim(if_none_match) == "*" || if_none_match.find(*matched) != std::string_view::npos);
    }
    // A tag of our own at the front of the list is always found.
    const auto list = std::string(gzip_tag) + ", " + std::string(if_none_match);
    require(unchanged(list, if_modified_since, tags, modified) == gzip_tag);
}

void check_date(std::string_view text) {
    const auto date = parse_date(text);
    if (!date) {
        return;
    }
    const auto written = format_date(*date);
    require(written.size() == 29);
    const bool can_be_written = *date < std::chrono::sys_days(std::chrono::year{10000} / 1 / 1);  // not its leap second
    require(!can_be_written || parse_date(written) == *date);
}

void check_negotiation(std::string_view accept_encoding, std::string_view accept) {
    accepts_gzip(accept_encoding);
    prefers_json(accept);
    const std::string list(accept_encoding);
    require(!accepts_gzip(list + ",gzip;q=0") && !accepts_gzip("gzip;q=0," + list));
    require(prefers_json(std::string(accept) + ",application/json"));
}

void check_response(const Response& response) {
    response.headers.for_each([](std::string_view name, std::string_view value) {
        require(is_token(name) && !has_control(value));
        require(std::none_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7e; }));
    });
    require(!has_control(as_text(response.body.view())) && is_utf8(as_text(response.body.view())));
}

void check_url(std::string_view url) {
    require(url.starts_with("http://") || url.starts_with("https://") || iequals(url.substr(0, 4), "http"));
    require(!url.ends_with('/'));
    require(std::all_of(url.begin(), url.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-._~%/:[]").find(c) != std::string_view::npos;
    }));
}

void check_origin(const Request& request, std::string_view trusted, std::string_view configured) {
    auto proxies = TrustedProxies::parse(trusted);
    if (!proxies) {
        require(proxies.error().code == Errc::usage && !has_control(proxies.error().message));
        proxies = TrustedProxies::parse("10.0.0.0/8");
    }
    const auto base = base_url(request, *proxies);
    if (base) {
        check_url(*base);
    } else {
        require(base.error().code == Errc::bad_request);
        check_response(failure(base.error(), request));
    }
    const auto checked = parse_tiles_url_base(configured);
    if (!checked) {
        require(checked.error().code == Errc::usage && !has_control(checked.error().message));
        return;
    }
    require(*parse_tiles_url_base(*checked) == *checked);
    const auto bases = tile_url_bases(*checked, request, *proxies);
    if (bases) {
        require(bases->size() == (checked->find("{s}") == std::string::npos ? 1U : 4U));
        for (const auto& url : *bases) {
            check_url(url);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    auto rest = as_text(std::as_bytes(std::span(data, size)));
    const auto next = [&] { return next_field(rest, '\x1e'); };
    Request request;
    request.peer = "10.0.0.1";
    for (const auto field :
         {Field::if_none_match, Field::if_modified_since, Field::accept_encoding, Field::accept,
          Field::access_control_request_headers, Field::host, Field::forwarded, Field::x_forwarded_for,
          Field::x_forwarded_host, Field::x_forwarded_proto, Field::x_forwarded_prefix}) {
        request[field] = next();
    }
    request.target = next();
    const auto configured = next();
    const auto trusted = next();
    const auto message = next();

    check_conditions(request[Field::if_none_match], request[Field::if_modified_since]);
    check_date(request[Field::if_modified_since]);
    check_negotiation(request[Field::accept_encoding], request[Field::accept]);
    check_response(preflight(request));
    check_response(failure(Error{Errc::bad_request, std::string(message)}, request));
    check_response(failure(404, message, request));
    check_origin(request, trusted, configured);
    return 0;
}
