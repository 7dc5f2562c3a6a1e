#include "lambda/response.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "web/responses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

namespace tapalcatl::lambda {
namespace {

/// lambda/interop/model.go of AWS's Runtime Interface Emulator.
constexpr std::uint64_t max_buffered_response = 6 * 1024 * 1024 + 100;

/// "Lambda functions as targets" in the guide to Application Load Balancers.
constexpr std::uint64_t max_alb_response = 1024 * 1024;

bool is_text_type(std::string_view content_type) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    constexpr std::array<std::string_view, 4> types{"application/json", "application/javascript", "application/xml",
                                                    "image/svg+xml"};
    return iequals(type.substr(0, 5), "text/") || type.ends_with("+json") ||
           std::any_of(types.begin(), types.end(), [&](std::string_view each) { return iequals(each, type); });
}

/// How `c` is written in a JSON string; empty if it stands for itself.
std::string_view short_escape(char c) {
    switch (c) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return {};
    }
}

bool needs_escape(char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

std::uint64_t size_as_json(std::string_view text) {
    std::uint64_t size = 2;
    for (const char c : text) {
        const auto escaped = short_escape(c).size();
        size += escaped > 0 ? escaped : needs_escape(c) ? 6 : 1;
    }
    return size;
}

std::uint64_t base64_size(std::uint64_t size) {
    return 4 * ((size + 2) / 3);
}

/// Headers with one value each: several of one name are joined, as RFC 9110, section 5.3, allows.
std::vector<std::pair<std::string_view, std::string>> single_headers(const web::Headers& headers) {
    std::vector<std::pair<std::string_view, std::string>> singles;
    headers.for_each([&](std::string_view name, std::string_view value) {
        const auto same =
            std::find_if(singles.begin(), singles.end(), [&](const auto& each) { return iequals(each.first, name); });
        if (same == singles.end()) {
            singles.emplace_back(name, value);
        } else {
            same->second.append(", ").append(value);
        }
    });
    return singles;
}

/// The start of the response's JSON, with status and headers.
std::string head_of(const web::Response& response, Shape shape) {
    auto out = fmt::format(R"({{"statusCode":{},)", response.status);
    if (shape == Shape::alb || shape == Shape::alb_multi_value) {
        fmt::format_to(std::back_inserter(out), R"("statusDescription":"{} {}",)", response.status,
                       web::reason_of(response.status));
    }
    const bool is_multi_value = shape == Shape::alb_multi_value;
    out += is_multi_value ? R"("multiValueHeaders":{)" : R"("headers":{)";
    bool is_first = true;
    for (const auto& [name, value] : single_headers(response.headers)) {
        out += std::exchange(is_first, false) ? "" : ",";
        append_json_string(out, name);
        out += is_multi_value ? ":[" : ":";
        append_json_string(out, utf8(value));
        out += is_multi_value ? "]" : "";
    }
    return out += '}';
}

/// The body that the client gets.
SharedBytes body_for(const web::Response& response, const Event& event) {
    const bool has_body = event.method != "HEAD" && !web::is_bodiless(response.status);
    return has_body ? response.body : SharedBytes();
}

/// The failure in place of a `response` that takes `size` bytes.
web::Response too_large(const web::Response& response, std::uint64_t size, std::uint64_t limit, const Event& event) {
    const bool is_identity = response.headers.find("Content-Encoding").empty();
    const auto text = fmt::format("The response takes {} bytes, and this function can send {}{}", size, limit,
                                  is_identity ? ": ask for it with Accept-Encoding: gzip" : "");
    return web::failure(502, text, event.request());
}

}  // namespace

std::uint64_t max_response_size(Shape shape) {
    return shape == Shape::alb || shape == Shape::alb_multi_value ? max_alb_response : max_buffered_response;
}

EncodedResponse encode_response(const web::Response& response, const Event& event) {
    const auto shared_body = body_for(response, event);
    const auto body = shared_body.view();
    const auto text = as_text(body);
    const bool is_text = response.headers.find("Content-Encoding").empty() &&
                         is_text_type(response.headers.find("Content-Type")) && is_utf8(text);
    const bool is_base64 = !body.empty() && !is_text;
    EncodedResponse encoded;
    encoded.json = head_of(response, event.shape);
    encoded.json.append(R"(,"isBase64Encoded":)").append(is_base64 ? "true" : "false").append(R"(,"body":)");
    encoded.status = response.status;
    encoded.bytes = body.size();
    const auto size = encoded.json.size() + (is_base64 ? base64_size(body.size()) + 2 : size_as_json(text)) + 1;
    if (const auto limit = max_response_size(event.shape); size > limit) {
        encoded = encode_response(too_large(response, size, limit, event), event);
        encoded.is_too_large = true;
        return encoded;
    }
    encoded.json.reserve(static_cast<std::size_t>(size));
    if (is_base64) {
        encoded.json.append("\"").append(base64(body)).append("\"");
    } else {
        append_json_string(encoded.json, text);
    }
    encoded.json += '}';
    return encoded;
}

EncodedResponse encode_streamed_response(const web::Response& response, const Event& event) {
    EncodedResponse encoded;
    encoded.json = head_of(response, event.shape) + '}';
    encoded.is_streamed = true;
    encoded.body = body_for(response, event);
    encoded.status = response.status;
    encoded.bytes = encoded.body.view().size();
    const auto size = encoded.json.size() + encoded.bytes;
    if (size > max_streamed_response) {
        encoded = encode_streamed_response(too_large(response, size, max_streamed_response, event), event);
        encoded.is_too_large = true;
    }
    return encoded;
}

std::string warm_up_response() {
    return R"({"warm":true})";
}

std::string error_document(std::string_view type, std::string_view message) {
    std::string out = R"({"errorMessage":)";
    append_json_string(out, utf8(message));
    out += R"(,"errorType":)";
    append_json_string(out, type);
    return out.append(R"(,"stackTrace":[]})");
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto plain =
            static_cast<std::size_t>(std::find_if(text.begin(), text.end(), needs_escape) - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        if (const auto escape = short_escape(text.front()); !escape.empty()) {
            out += escape;
        } else {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(text.front()));
        }
        text.remove_prefix(1);
    }
    out += '"';
}

}  // namespace tapalcatl::lambda
