#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::web {

enum class Method { get, head, options, other };

/// The request headers that are used.
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
    origin,
};
inline constexpr std::size_t field_count = 14;

/// A request as a front end (HTTP or Lambda) passes it on. Lifetime: views the front end's buffers until the response
/// is made.
struct Request {
    Method method = Method::get;
    std::string_view method_name = "GET";
    std::string_view target;  ///< origin form (RFC 9112, section 3.2.1), as sent: path, then `?query` if there is one
    std::string_view scheme = "http";
    std::string_view prefix;  ///< of the path in the client's URL, which the front end removed; empty or "/prod"
    std::string_view peer;    ///< the client's IP address as text, without port
    /// By when the front end needs the response. The service has time limits of its own, too.
    SteadyTime deadline = SteadyTime::max();
    std::array<std::string_view, field_count> fields{};  ///< several fields of one name are joined by ", "

    std::string_view operator[](Field field) const { return fields[static_cast<std::size_t>(field)]; }
    std::string_view& operator[](Field field) { return fields[static_cast<std::size_t>(field)]; }
};

/// Response headers in the order in which they were added, stored in the form that is sent.
class Headers {
 public:
    /// Requires: neither contains a line break. This is not checked: headers are constants or made by the server.
    void add(std::string_view name, std::string_view value) {
        text_.append(name).append(": ").append(value).append("\r\n");
    }

    /// Reserves memory for `size` bytes of text.
    void reserve(std::size_t size) { text_.reserve(size); }

    /// "Name: value\r\n" for each.
    std::string_view text() const { return text_; }

    /// The value of the first header `name` (in any case), or empty.
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

/// Where a tile came from, for the access log.
enum class CacheState : std::uint8_t { none, hit, miss, stale };

/// "hit", "miss", "stale", and "-" for none.
std::string_view name_of(CacheState cache);

/// Tells whether a response may be sent again. Safe from any thread.
class Validity {
 public:
    virtual ~Validity() = default;

    /// Whether the service would make the same response at this time. Cost: some loads of what other threads seldom
    /// write.
    virtual bool is_valid(SteadyTime now, WallTime wall) const = 0;

    /// The response was sent `times` times more.
    virtual void note_uses(unsigned times) const = 0;
};

/// A response. The front end adds Date, Content-Length and the headers about the connection, and omits the body for
/// HEAD.
struct Response {
    unsigned status = 200;
    Headers headers;
    SharedBytes body;
    CacheState cache = CacheState::none;
    std::shared_ptr<const std::string> archive_key;  ///< of the archive that was read, for the access log; may be null
    /// Not null: while it is valid, this is the response to every GET of the same target without If-None-Match and
    /// If-Modified-Since whose Accept-Encoding allows gzip as this request's did, and, if it varies by that, whose
    /// Origin is the same. Lifetime: as long as `body` is held.
    const Validity* validity = nullptr;
    bool varies_by_origin = false;
};

/// Whether `text` contains an ASCII control character (below 0x20, or 0x7f).
bool has_control(std::string_view text);

/// Whether `text` is a token (RFC 9110, section 5.6.2): one or more letters, digits and certain signs.
bool is_token(std::string_view text);

/// The next member of a comma-separated list (RFC 9110, section 5.6.1), without blanks around it; `rest` becomes what
/// follows. Empty members are skipped: an empty result is the end of the list.
///
/// Requires: members contain no quoted strings. Lifetime: views `rest`.
std::string_view next_member(std::string_view& rest);

}  // namespace tapalcatl::web
