#pragma once

#include "base/error.hpp"
#include "base/url.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tapalcatl {

/// file:///path. Absolute.
struct FolderLocation {
    std::string path;
};

/// s3://bucket/prefix. The prefix is not percent-decoded, and has no '/' at either end.
struct BucketLocation {
    std::string bucket;
    std::string prefix;
};

/// https://host/path or http://host/path.
struct WebLocation {
    Url url;
};

/// The place of archives, or of a single archive.
using Location = std::variant<FolderLocation, BucketLocation, WebLocation>;

/// nullopt for text that is not such a URL.
std::optional<Location> parse_location(std::string_view url);

/// The URL of a location for people: a query, which may be a signature, is shown as "?***".
std::string url_of(const Location& location);

/// All of the URL, to tell locations apart. It may contain a secret.
std::string exact_url_of(const Location& location);

/// The end of the name of a document.
inline constexpr std::string_view document_suffix = ".json";

/// Removes the name of a .json document from the end of a location, which then is that of its folder. Returns the name;
/// empty, and nothing is changed, for a location of anything else.
std::string take_document(Location& location);

/// The absolute path in "file:///path" or "file://localhost/path", percent escapes decoded (RFC 8089). nullopt for
/// anything else: other schemes and hosts, relative paths, broken escapes, NUL.
std::optional<std::string> path_of_file_url(std::string_view url);

/// The URL of an absolute path.
std::string file_url(std::string_view path);

}  // namespace tapalcatl
