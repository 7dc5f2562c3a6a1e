#include "source/tile_headers.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "web/message.hpp"
#include "zip/deflate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tapalcatl::source {
namespace {

/// Of the connection and of framing (RFC 9110, section 7.6.1; RFC 9112, section 6). Their place is the front end.
constexpr std::array<std::string_view, 13> connection_headers{"connection",
                                                              "content-length",
                                                              "content-range",
                                                              "keep-alive",
                                                              "proxy-authenticate",
                                                              "proxy-authorization",
                                                              "proxy-connection",
                                                              "te",
                                                              "trailer",
                                                              "trailers",
                                                              "transfer-encoding",
                                                              "upgrade",
                                                              "http2-settings"};

/// The server sends these itself, or must not.
constexpr std::array<std::string_view, 13> own_headers{"accept-ranges",
                                                       "age",
                                                       "content-security-policy",
                                                       "date",
                                                       "etag",
                                                       "expires",
                                                       "last-modified",
                                                       "retry-after",
                                                       "server",
                                                       "vary",
                                                       "warning",
                                                       "www-authenticate",
                                                       "x-content-type-options"};

/// A browser takes these for the whole origin, or leaves the page because of them.
constexpr std::array<std::string_view, 11> origin_headers{"alt-svc",
                                                          "clear-site-data",
                                                          "location",
                                                          "nel",
                                                          "refresh",
                                                          "report-to",
                                                          "reporting-endpoints",
                                                          "service-worker-allowed",
                                                          "set-cookie",
                                                          "set-cookie2",
                                                          "strict-transport-security"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

const HeaderField* find(const HeaderList& list, std::string_view name) {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const HeaderField& each) { return iequals(each.name, name); });
    return found != list.end() ? &*found : nullptr;
}

bool has_all_of(const HeaderList& list, const HeaderList& names) {
    return std::all_of(names.begin(), names.end(),
                       [&](const HeaderField& each) { return find(list, each.name) != nullptr; });
}

}  // namespace

std::optional<std::string> header_fault(std::string_view name, std::string_view value) {
    if (!web::is_token(name)) {
        return "its name is no token";
    }
    if (name.size() > max_header_name) {
        return fmt::format("its name has {} bytes, over the limit of {}", name.size(), max_header_name);
    }
    const auto known = lower_case(name);
    if (is_in(connection_headers, known)) {
        return "it belongs to the connection";
    }
    if (is_in(own_headers, known) || known.starts_with("access-control-")) {
        return "the server makes it itself";
    }
    if (is_in(origin_headers, known)) {
        return "it speaks for the whole origin";
    }
    if (value.size() > max_header_value) {
        return fmt::format("its value has {} bytes, over the limit of {}", value.size(), max_header_value);
    }
    const auto bad = std::find_if(value.begin(), value.end(), [](char c) { return c < ' ' || c > '~'; });
    if (bad != value.end()) {
        return fmt::format("its value has the byte 0x{:02x}: expected printable ASCII",
                           static_cast<unsigned char>(*bad));
    }
    return std::nullopt;
}

bool is_readable_encoding(std::string_view content_encoding) {
    return content_encoding.empty() || iequals(content_encoding, "gzip") || iequals(content_encoding, "x-gzip") ||
           iequals(content_encoding, "identity");
}

void set_header(HeaderList& list, HeaderField field) {
    const auto there =
        std::find_if(list.begin(), list.end(), [&](const HeaderField& each) { return iequals(each.name, field.name); });
    if (there != list.end()) {
        *there = std::move(field);
    } else {
        list.push_back(std::move(field));
    }
}

HeaderList merged(HeaderList base, const HeaderList& over) {
    for (const auto& field : over) {
        set_header(base, field);
    }
    return base;
}

TileHeaders::TileHeaders(HeaderList list) : fields(std::move(list)) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text.append(name).append(1, ':').append(value).append(1, '\n');
        if (iequals(name, "Content-Type")) {
            content_type = value;
        } else if (iequals(name, "Cache-Control")) {
            cache_control = value;
        } else if (iequals(name, "Content-Encoding")) {
            content_encoding = value;
        } else {
            others.push_back({name, value});
        }
    }
    if (!fields.empty()) {
        salt = std::max<std::uint32_t>(zip::crc32(as_bytes(text)), 1);
    }
}

std::size_t TileHeaders::memory_size() const {
    auto size = sizeof *this + fields.capacity() * sizeof(HeaderField) + others.capacity() * sizeof(HeaderField);
    for (const auto& list : {&fields, &others}) {
        for (const auto& [name, value] : *list) {
            size += name.capacity() + value.capacity();
        }
    }
    return size;
}

std::shared_ptr<const TileHeaders> merged(const std::shared_ptr<const TileHeaders>& tileset,
                                          const std::shared_ptr<const TileHeaders>& own) {
    if (tileset == nullptr || (own != nullptr && has_all_of(own->fields, tileset->fields))) {
        return own;
    }
    if (own == nullptr || own->fields.empty()) {
        return tileset;
    }
    return std::make_shared<const TileHeaders>(merged(tileset->fields, own->fields));
}

}  // namespace tapalcatl::source
