#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::source {

/// A header of HTTP that a tileset, an archive or an entry gives its tiles.
struct HeaderField {
    std::string name;
    std::string value;

    friend bool operator==(const HeaderField&, const HeaderField&) = default;
};

/// In the order in which they are sent. No name is twice in it.
using HeaderList = std::vector<HeaderField>;

/// What one list may have at most.
inline constexpr std::size_t max_header_count = 32;
inline constexpr std::size_t max_header_name = 64;     ///< bytes
inline constexpr std::size_t max_header_value = 2048;  ///< bytes
inline constexpr std::size_t max_headers_size = 8192;  ///< bytes of names and values

/// What is wrong with a header, in words that follow its name; nullopt if it may be sent.
///
/// Names are tokens and values printable ASCII. Refused are the headers of the connection and of framing, those that
/// the server makes itself (ETag, Date, Vary, CORS), and those that speak for the whole origin, such as Set-Cookie.
std::optional<std::string> header_fault(std::string_view name, std::string_view value);

/// Whether tiles with this Content-Encoding can be served: gzip, or none.
bool is_readable_encoding(std::string_view content_encoding);

/// Adds a header, in place of the one of the same name.
void set_header(HeaderList& list, HeaderField field);

/// `base` with those of `over` added, which replace those of the same name.
HeaderList merged(HeaderList base, const HeaderList& over);

/// The headers of a tile, ready to be sent. Immutable.
struct TileHeaders {
    /// Requires: header_fault() has nothing against any of `list`.
    explicit TileHeaders(HeaderList list);

    HeaderList fields;                  ///< all of them
    std::string_view content_type;      ///< empty: not given. Views `fields`
    std::string_view cache_control;     ///< empty: not given. Views `fields`
    std::string_view content_encoding;  ///< as given, which need not be true; empty: not given. Views `fields`
    HeaderList others;                  ///< those of `fields` that are none of the three
    std::uint32_t salt = 0;             ///< of all, for entity tags; 0 if there are none

    TileHeaders(const TileHeaders&) = delete;
    TileHeaders& operator=(const TileHeaders&) = delete;

    std::size_t memory_size() const;
};

/// The headers of a tile: those of `own` over those of `tileset`. Null if both are. Cost: nothing is copied if one of
/// the two has all of it.
std::shared_ptr<const TileHeaders> merged(const std::shared_ptr<const TileHeaders>& tileset,
                                          const std::shared_ptr<const TileHeaders>& own);

}  // namespace tapalcatl::source
