#pragma once

#include "source/tile_headers.hpp"

#include <boost/json/fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The headers in the comments of Tapalcatl 2 archives, see docs/tapalcatl2.md.
namespace tapalcatl::source {

/// The most that is read of a comment. A zip archive has no longer ones.
inline constexpr std::size_t max_comment_size = 65'535;

// Of comments and of meta.json alike.
inline constexpr std::size_t max_json_depth = 16;
inline constexpr std::size_t max_format_count = 32;
inline constexpr std::size_t longest_in_message = 40;  ///< bytes of foreign text that messages show

/// The headers that an archive's comment gives its entries, each list ready to be shared by them.
struct ArchiveHeaders {
    std::vector<std::pair<std::string, std::shared_ptr<const TileHeaders>>> formats;  ///< by extension
    std::shared_ptr<const TileHeaders> any_format;  ///< for the other extensions; null: none

    /// Those of an entry by its name, without its own comment; null: none.
    std::shared_ptr<const TileHeaders> of(std::string_view entry_name) const;

    bool empty() const { return formats.empty() && any_format == nullptr; }
    std::size_t memory_size() const;
};

/// What a comment gives, and a line about what of it is not used; empty if all is.
template <class T>
struct ReadComment {
    T headers;
    std::string warning;
};

/// Reads an archive's comment: a JSON object with "formats" (extension to MIME type or headers) and "headers" (for all
/// formats; those of a format are over them). Its other members are not looked at. A comment that is not such an object
/// gives no headers, and neither does a single header that cannot be sent.
ReadComment<ArchiveHeaders> read_archive_comment(std::string_view comment);

/// Reads an entry's comment: a JSON array of objects with headers, or one object.
ReadComment<HeaderList> read_entry_comment(std::string_view comment);

/// Reads headers: an array of objects, or one object, each from names to values. What is wrong is added to `faults`,
/// with `field` in front, and is left out.
HeaderList read_headers(const boost::json::value& value, std::string_view field, std::vector<std::string>& faults);

/// The same, for a value that may also be a MIME type alone.
HeaderList read_format(const boost::json::value& value, std::string_view field, std::vector<std::string>& faults);

}  // namespace tapalcatl::source
