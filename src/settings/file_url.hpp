#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl {

/// The absolute path in "file:///path" or "file://localhost/path", percent escapes decoded (RFC 8089). nullopt for all
/// else: other schemes and hosts, relative paths, broken escapes, NUL.
std::optional<std::string> path_of_file_url(std::string_view url);

/// The URL of an absolute path.
std::string file_url(std::string_view path);

}  // namespace tapalcatl
