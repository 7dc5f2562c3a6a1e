#include "web/responses.hpp"

#include "base/text.hpp"
#include "web/message.hpp"
#include "web/negotiation.hpp"

namespace tapalcatl::web {
namespace {

/// The list of tokens `text` in the form "a, b"; empty if a member is not a token.
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
    // "*" does not include Authorization, so the names are repeated.
    const auto requested = request[Field::access_control_request_headers];
    const auto names = requested.size() <= max_list_length ? token_list(requested) : std::string();
    if (!names.empty()) {
        response.headers.add("Access-Control-Allow-Headers", names);
    }
    response.headers.add("Access-Control-Max-Age", "86400");
    response.headers.add("Vary", "Access-Control-Request-Headers");
    return response;
}

namespace {

/// `text` as a JSON string. Requires: printable ASCII.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out += '"';
}

Response text_response(unsigned status, std::string_view text, unsigned retry_after_s, const Request& request) {
    const auto line = printable(text);
    const bool json = prefers_json(request[Field::accept]);
    Response response;
    response.status = status;
    auto& headers = response.headers;
    headers.add("Content-Type", json ? "application/json" : "text/plain; charset=utf-8");
    headers.add("Cache-Control", status == 404 ? "public, max-age=30" : "no-store");
    headers.add("Vary", "Accept");
    headers.add("X-Content-Type-Options", "nosniff");  // the text may contain parts of the request
    if (status == 503) {
        headers.add("Retry-After", fmt::format("{}", retry_after_s));
    }
    add_cors(headers);
    const auto body = json ? fmt::format(R"({{"error":{},"status":{}}})", quoted(line), status) : line;
    response.body = copy_of(as_bytes(body));
    return response;
}

constexpr unsigned retry_after_overload_s = 2;  // overload is short
constexpr unsigned retry_after_outage_s = 5;    // an outage of the storage

}  // namespace

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

unsigned status_of(Errc code) {
    switch (code) {
        case Errc::bad_request:
            return 400;
        case Errc::not_found:
        case Errc::no_tile:
            return 404;
        case Errc::corrupt:
        case Errc::unsupported:
        case Errc::too_large:
        case Errc::denied:
            return 502;
        case Errc::timeout:
            return 504;
        case Errc::unavailable:
        case Errc::overloaded:
        case Errc::replaced:
        case Errc::io:     // a local disk is a storage too
        case Errc::usage:  // an error in the server's configuration, never in the request
            return 503;
    }
    return 500;
}

std::string_view public_text(Errc code) {
    switch (code) {
        case Errc::bad_request:
            return "Bad request";
        case Errc::not_found:
            return "Metatile not found";
        case Errc::no_tile:
            return "Tile not found";
        case Errc::corrupt:
            return "The metatile is damaged";
        case Errc::unsupported:
            return "The metatile is of a kind that is not read here";
        case Errc::too_large:
            return "The tile is larger than is allowed here";
        case Errc::denied:
            return "The storage refuses access";
        case Errc::unavailable:
        case Errc::io:
        case Errc::usage:
            return "The storage is not available";
        case Errc::timeout:
            return "The storage did not answer in time";
        case Errc::overloaded:
            return "Too many requests at once";
        case Errc::replaced:
            return "The metatile is being replaced";
    }
    return "Internal error";
}

Response failure(const Error& error, const Request& request) {
    const auto text = error.code == Errc::bad_request ? std::string_view(error.message) : public_text(error.code);
    const auto retry_after_s = error.code == Errc::overloaded ? retry_after_overload_s : retry_after_outage_s;
    return text_response(status_of(error.code), text, retry_after_s, request);
}

Response failure(unsigned status, std::string_view text, const Request& request) {
    return text_response(status, text, retry_after_outage_s, request);
}

Response method_not_allowed(const Request& request) {
    auto response = text_response(405, "Method not allowed", 0, request);
    response.headers.add("Allow", allowed_methods);
    return response;
}

}  // namespace tapalcatl::web
