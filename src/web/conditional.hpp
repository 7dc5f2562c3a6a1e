#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace tapalcatl::web {

/// Whether a GET or HEAD is to be answered 304 (RFC 9110, section 13), and if so with which entity tag.
///
/// `if_none_match` and `if_modified_since` are the request's fields, empty where there are none. `tags` are the strong
/// entity tags, with their quotes, of all encodings that this client may get, the one of the answer in full first.
///
/// - If-None-Match alone decides where it is sent, however damaged. It matches weakly: CDNs weaken tags. A member of
///   its list that is no entity tag matches nothing and ends at the next comma; "*" counts only alone.
/// - If-Modified-Since is ignored if it is not exactly one HTTP date.
///
/// Returns the tag for the 304: the one that matched, or the first where the reason is "*" or a date (empty where
/// there are no tags). nullopt: answer in full. Lifetime: views `tags`.
std::optional<std::string_view> unchanged(std::string_view if_none_match, std::string_view if_modified_since,
                                          std::span<const std::string_view> tags,
                                          std::optional<std::chrono::sys_seconds> last_modified);

}  // namespace tapalcatl::web
