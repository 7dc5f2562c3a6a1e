#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::web {

enum class Method { get, head, options, other };

/// The request headers that this server looks at.
enum class Field : std::uint8_t {
    host,
    accept,
    accept_encoding,
    if_none_match,
    if_modified_since,
    access_control_request_headers,
    forwarded,
    x_forwarded_for,
    x_forwarded_host,
    x_forwarded_proto,
    x_forwarded_prefix,
    user_agent,
    referer,
};
inline constexpr std::size_t field_count = 13;

/// A request as a front end hands it over, HTTP or Lambda. Lifetime: views the front end's buffers until it is
/// answered.
struct Request {
    Method method = Method::get;
    std::string_view method_name = "GET";
    std::string_view target;  ///< origin form (RFC 9112, section 3.2.1), as sent: path, then `?query` if there is one
    std::string_view scheme = "http";
    std::string_view peer;                               ///< the client's IP address as text, without port
    std::array<std::string_view, field_count> fields{};  ///< several lines of one name are joined by ", "

    std::string_view operator[](Field field) const { return fields[static_cast<std::size_t>(field)]; }
    std::string_view& operator[](Field field) { return fields[static_cast<std::size_t>(field)]; }
};

/// Response headers in the order in which they were added, kept as the text that goes onto the wire.
class Headers {
 public:
    /// Requires: neither has a line break; nothing here checks what is a constant or was made by us.
    void add(std::string_view name, std::string_view value) {
        text_.append(name).append(": ").append(value).append("\r\n");
    }

    /// Room for `size` bytes of text.
    void reserve(std::size_t size) { text_.reserve(size); }

    /// "Name: value\r\n" for each.
    std::string_view text() const { return text_; }

    /// The value of the first header called `name` (any case), or empty.
    std::string_view find(std::string_view name) const;

    /// Calls `visit(name, value)` for each.
    template <class Visitor>
    void for_each(Visitor visit) const {
        std::string_view rest = text_;
        while (!rest.empty()) {
            const auto end = rest.find("\r\n");
            const auto line = rest.substr(0, end);
            const auto colon = line.find(": ");
            visit(line.substr(0, colon), line.substr(colon + 2));
            rest.remove_prefix(end + 2);
        }
    }

 private:
    std::string text_;
};

/// How a tile came about, for the access log.
enum class CacheState : std::uint8_t { none, hit, miss, stale };

/// An answer. The front end adds Date, Content-Length and what concerns the connection, and leaves the body out for
/// HEAD.
struct Response {
    unsigned status = 200;
    Headers headers;
    SharedBytes body;
    CacheState cache = CacheState::none;
    std::shared_ptr<const std::string> archive_key;  ///< of the archive that was read, for the access log; may be null
};

}  // namespace tapalcatl::web
