#include "net/message.hpp"

#include "base/text.hpp"
#include "net/proxy.hpp"
#include "web/message.hpp"

#include <algorithm>
#include <iterator>

namespace tapalcatl::net {

std::optional<std::string_view> Response::find(std::string_view name) const {
    for (const auto& [own_name, value] : headers) {
        if (iequals(own_name, name)) {
            return value;
        }
    }
    return std::nullopt;
}

namespace {

bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || c == '\t';
    });
}

bool is_origin_form(std::string_view text) {
    return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool has_header(const std::vector<Header>& headers, std::string_view name) {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const Header& header) { return iequals(header.first, name); });
}

}  // namespace

Result<Body> write_request(const Request& request, const Proxy* proxy) {
    const auto& url = request.url;
    if (!web::is_token(request.method) || !is_origin_form(url.target)) {
        return fail(Errc::bad_request, "'{} {}' cannot be sent", printable(request.method), printable(url.target));
    }
    std::string text;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "{} {} HTTP/1.1\r\n", request.method, proxy != nullptr ? url.text() : url.target);
    if (!has_header(request.headers, "Host")) {
        fmt::format_to(out, "Host: {}\r\n", url.authority());
    }
    for (const auto& [name, value] : request.headers) {
        if (!web::is_token(name) || !is_field_value(value)) {
            return fail(Errc::bad_request, "the header '{}' cannot be sent",
                        printable(name));  // the value may be secret
        }
        fmt::format_to(out, "{}: {}\r\n", name, value);
    }
    const bool takes_body = request.method == "POST" || request.method == "PUT" || request.body.size() > 0;
    const bool has_length =
        has_header(request.headers, "Content-Length") || has_header(request.headers, "Transfer-Encoding");
    if (takes_body && !has_length) {
        fmt::format_to(out, "Content-Length: {}\r\n", request.body.size());
    }
    if (proxy != nullptr && !proxy->authorization.empty()) {
        fmt::format_to(out, "Proxy-Authorization: {}\r\n", proxy->authorization.reveal());
    }
    text += "\r\n";
    auto bytes = request.body;
    bytes.begin.insert(0, text);
    return bytes;
}

std::string write_connect(const Url& url, const Proxy& proxy) {
    const auto authority = url.host_and_port();
    auto text = fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n", authority, authority);
    if (!proxy.authorization.empty()) {
        fmt::format_to(std::back_inserter(text), "Proxy-Authorization: {}\r\n", proxy.authorization.reveal());
    }
    return text + "\r\n";
}

}  // namespace tapalcatl::net
