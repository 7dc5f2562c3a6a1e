#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::http {

/// Header fields whose meaning is known, as a request with the same bytes was parsed.
struct KnownFields {
    std::string text;              ///< what follows the request line, up to the empty line and with it
    std::string origin;            ///< Origin; empty: there is none
    bool accepts_gzip = false;     ///< Accept-Encoding allows gzip
    bool ends_connection = false;  ///< the client sends nothing after this request
};

/// The header fields of the last few requests that a front thread parsed. A client sends the same fields with each
/// request, over one connection or several. Memory: `capacity` times the limit on a request's head at most, beside what
/// connections hold. Not for several threads.
class KnownFieldsTable {
 public:
    static constexpr std::size_t capacity = 16;

    /// The fields that `text` starts with. Null: they are not known.
    std::shared_ptr<const KnownFields> find(std::string_view text) const;

    /// Keeps fields in place of the oldest ones. Requires: find(text) is null; `text` ends with its only empty line.
    std::shared_ptr<const KnownFields> put(std::string_view text, bool accepts_gzip, bool ends_connection,
                                           std::string_view origin = {});

 private:
    std::array<std::shared_ptr<KnownFields>, capacity> entries_;
    std::size_t next_ = 0;
};

}  // namespace tapalcatl::http
