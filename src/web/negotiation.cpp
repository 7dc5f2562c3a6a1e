#include "web/negotiation.hpp"

#include "base/text.hpp"
#include "web/message.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tapalcatl::web {
namespace {

/// A qvalue (RFC 9110, section 12.4.2) in thousandths.
std::optional<unsigned> parse_qvalue(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    auto value = text[0] == '1' ? 1000U : 0U;
    unsigned place = 100;
    for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (digit < '0' || digit > '9') {
            return std::nullopt;
        }
        value += place * static_cast<unsigned>(digit - '0');
        place /= 10;
    }
    return value <= 1000 ? std::optional(value) : std::nullopt;
}

/// A member of Accept or Accept-Encoding. Parameters other than the weight are ignored.
struct Choice {
    std::string_view name;
    std::optional<unsigned> weight;  ///< in thousandths, 1000 if absent; nullopt if malformed
};

Choice parse_choice(std::string_view member) {
    auto rest = member;
    Choice choice{trim(next_field(rest, ';')), 1000};
    while (!rest.empty()) {
        auto value = trim(next_field(rest, ';'));
        const auto name = next_field(value, '=');
        if (iequals(name, "q")) {
            choice.weight = parse_qvalue(value);
        }
    }
    return choice;
}

/// Sets `weight` to the higher of both; no weight is the lowest.
void raise(std::optional<unsigned>& weight, unsigned to) {
    weight = std::max(weight.value_or(0), to);
}

bool is_json(std::string_view media_type) {
    const auto slash = media_type.find('/');
    if (slash == std::string_view::npos) {
        return false;
    }
    const auto subtype = media_type.substr(slash + 1);
    const auto plus = subtype.rfind('+');
    return iequals(subtype, "json") || (plus != std::string_view::npos && iequals(subtype.substr(plus), "+json")) ||
           iequals(media_type, "application/*");
}

bool is_text(std::string_view media_type) {
    return iequals(media_type, "text/plain") || iequals(media_type, "text/*") || iequals(media_type, "text/html");
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    std::optional<bool> gzip;
    std::optional<bool> any;
    auto rest = accept_encoding;
    for (auto member = next_member(rest); !member.empty(); member = next_member(rest)) {
        const auto [name, weight] = parse_choice(member);
        if (!weight) {
            continue;
        }
        const bool wanted = *weight > 0;
        if (iequals(name, "gzip") || iequals(name, "x-gzip")) {
            gzip = gzip.value_or(true) && wanted;
        } else if (name == "*") {
            any = any.value_or(true) && wanted;
        }
    }
    return gzip.value_or(any.value_or(false));
}

bool prefers_json(std::string_view accept) {
    std::optional<unsigned> json;
    std::optional<unsigned> text;
    auto rest = accept;
    for (auto member = next_member(rest); !member.empty(); member = next_member(rest)) {
        const auto [name, weight] = parse_choice(member);
        if (!weight) {
            continue;
        }
        if (is_json(name)) {
            raise(json, *weight);
        } else if (is_text(name)) {
            raise(text, *weight);
        }
    }
    return json.value_or(0) > 0 && *json >= text.value_or(0);
}

namespace {

// The most frequent first. HTML is not among them; for other types that a browser may run scripts in, see is_active().
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> types{{
    {"mvt", "application/x-protobuf"},
    {"mvtb", "application/x-protobuf"},
    {"json", "application/json"},
    {"topojson", "application/json"},
    {"png", "image/png"},
    {"webp", "image/webp"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"pbf", "application/x-protobuf"},
    {"geojson", "application/geo+json"},
    {"avif", "image/avif"},
    {"gif", "image/gif"},
    {"svg", "image/svg+xml"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"txt", "text/plain"},
}};

}  // namespace

std::string_view content_type_of(std::string_view format) {
    for (const auto& [name, type] : types) {
        if (iequals(format, name)) {
            return type;
        }
    }
    return "application/octet-stream";
}

bool is_active(std::string_view content_type) {
    return content_type == "image/svg+xml" || content_type == "text/plain" ||
           content_type == "application/octet-stream";
}

}  // namespace tapalcatl::web
