#include "http/head_parser.hpp"

#include "base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <cstdint>
#include <limits>
#include <optional>

namespace tapalcatl::http {

namespace http = boost::beast::http;

namespace {

std::string_view as_view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

std::optional<web::Field> field_by_name(http::field name) {
    switch (name) {
        case http::field::host:
            return web::Field::host;
        case http::field::accept:
            return web::Field::accept;
        case http::field::accept_encoding:
            return web::Field::accept_encoding;
        case http::field::if_none_match:
            return web::Field::if_none_match;
        case http::field::if_modified_since:
            return web::Field::if_modified_since;
        case http::field::access_control_request_headers:
            return web::Field::access_control_request_headers;
        case http::field::forwarded:
            return web::Field::forwarded;
        case http::field::user_agent:
            return web::Field::user_agent;
        case http::field::referer:
            return web::Field::referer;
        case http::field::origin:
            return web::Field::origin;
        default:
            return std::nullopt;
    }
}

std::optional<web::Field> field_by_text(boost::beast::string_view name) {
    using boost::beast::iequals;
    if (iequals(name, "x-forwarded-for")) {
        return web::Field::x_forwarded_for;
    }
    if (iequals(name, "x-forwarded-host")) {
        return web::Field::x_forwarded_host;
    }
    if (iequals(name, "x-forwarded-proto")) {
        return web::Field::x_forwarded_proto;
    }
    if (iequals(name, "x-forwarded-prefix")) {
        return web::Field::x_forwarded_prefix;
    }
    return std::nullopt;
}

bool is_inside(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

/// Whether a header's value stands behind its name: Beast joins folded lines in memory of its own, and gives the second
/// line where the first one is empty. Requires: `name` is inside `head`.
bool is_on_the_line_of(std::string_view name, std::string_view value, std::string_view head) {
    if (!is_inside(value, head)) {
        return false;
    }
    const auto* name_end = name.data() + name.size();
    const std::string_view between(name_end, static_cast<std::size_t>(value.data() - name_end));
    return between.find('\n') == std::string_view::npos;
}

/// Whether `text` is `uri-host [ ":" port ]` (RFC 9110, section 7.2). What stands between brackets is only looked at
/// for its characters.
bool is_host_and_port(std::string_view text) {
    const auto is_alphanumeric = [](char c) {
        const auto lower = static_cast<char>(c | 0x20);
        return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
    };
    const bool in_brackets = text.starts_with('[');
    const std::string_view signs = in_brackets ? ".:" : "-._~%!$&'()*+,;=";  // reg-name of RFC 3986, section 3.2.2
    std::size_t end = in_brackets ? 1 : 0;
    while (end < text.size() && (is_alphanumeric(text[end]) || signs.find(text[end]) != std::string_view::npos)) {
        ++end;
    }
    if (in_brackets) {
        if (end == text.size() || text[end] != ']') {
            return false;
        }
        ++end;
    }
    const auto port = text.substr(end);
    return port.empty() || port == ":" || (port[0] == ':' && is_digits(port.substr(1)));
}

web::Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return web::Method::get;
        case http::verb::head:
            return web::Method::head;
        case http::verb::options:
            return web::Method::options;
        default:
            return web::Method::other;
    }
}

}  // namespace

HeadParser::HeadParser() {
    header_limit(0xffffffff);                               // the session limits what it gathers
    body_limit(std::numeric_limits<std::uint64_t>::max());  // no body is read
    eager(false);  // what follows the head is the next request, not this one's body
}

bool HeadParser::parse(std::string_view head) {
    head_ = head;
    Error error;
    const auto parsed = put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (error == http::error::bad_version) {
        refuse(505, "this server speaks HTTP/1.1 and HTTP/1.0");
    } else if (error || !is_header_done() || parsed != head.size()) {
        refuse(400, "this is no HTTP request");
    }
    return !failed();
}

void HeadParser::refuse(unsigned status, std::string_view problem) {
    if (status_ == 0) {
        status_ = status;
        problem_ = problem;
    }
}

void HeadParser::on_request_impl(http::verb method, Text method_name, Text target, int version, Error& /*ec*/) {
    request_.method = method_of(method);
    request_.method_name = as_view(method_name);
    request_.target = as_view(target);
    version_ = version;
}

void HeadParser::on_field_impl(http::field name, Text name_text, Text value_text, Error& /*ec*/) {
    const auto value = as_view(value_text);
    if (name == http::field::transfer_encoding) {
        note_body();
    }
    if (name == http::field::host && ++host_count_ > 1) {
        refuse(400, "more than one Host header");
    }
    if (!value.empty() && !is_on_the_line_of(as_view(name_text), value, head_)) {
        refuse(400, "a header is folded over several lines");  // RFC 9112, section 5.2
        return;
    }
    if (name == http::field::host && !value.empty() && !is_host_and_port(value)) {
        refuse(400, "the Host header is not a host with an optional port");  // RFC 9112, section 3.2
    }
    const auto field = name == http::field::unknown ? field_by_text(name_text) : field_by_name(name);
    if (field) {
        store(*field, value);
    }
}

void HeadParser::note_body() {
    has_body_ = true;
    if (request_.method != web::Method::other) {
        refuse(400, "requests with a body are not taken");
    }
}

void HeadParser::store(web::Field field, std::string_view value) {
    auto& stored = request_[field];
    if (stored.empty()) {
        stored = value;
        return;
    }
    joined_.push_back(std::make_unique<std::string>(stored));
    joined_.back()->append(", ").append(value);
    stored = *joined_.back();
}

void HeadParser::on_header_impl(Error& /*ec*/) {
    if (content_length() && *content_length() > 0) {
        note_body();
    }
    if (host_count_ == 0 && version_ == 11) {
        refuse(400, "the Host header is missing");  // RFC 9112, section 3.2
    }
}

void HeadParser::on_response_impl(int /*status*/, Text /*reason*/, int /*version*/, Error& /*ec*/) {}
void HeadParser::on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, Error& /*ec*/) {}
std::size_t HeadParser::on_body_impl(Text body, Error& /*ec*/) {
    return body.size();
}
void HeadParser::on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/, Error& /*ec*/) {}
std::size_t HeadParser::on_chunk_body_impl(std::uint64_t /*remain*/, Text body, Error& /*ec*/) {
    return body.size();
}
void HeadParser::on_finish_impl(Error& /*ec*/) {}

}  // namespace tapalcatl::http
