#pragma once

#include "base/error.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tapalcatl::web {

/// A request target, taken apart.
struct Target {
    /// Percent-decoded, once: printable UTF-8 that starts with '/'. Or "*", which an OPTIONS request may ask for.
    /// An escaped slash is left as it was sent, so that segments are those of the target. No route has one.
    /// Dot segments are left in it: routes match names and numbers, and a path never becomes a file's name.
    std::string_view path;
    std::string_view query;      ///< as sent, without its '?'
    std::string_view authority;  ///< of the absolute form, where it replaces Host; empty otherwise. Not checked here.
};

/// Splits and decodes a target in origin form ("/a?b"), absolute form ("http://host/a?b", RFC 9112, section 3.2.2) or
/// asterisk form. A fragment, which clients should not send, is dropped.
///
/// Lifetime: the result views `target`, and `buffer` where the path has an escape; only then is anything copied.
/// Fails: bad_request for any other form, for an escape that is none, and where the decoded path has a control
/// character or is not UTF-8: what is above here may write paths into logs and JSON as they are.
Result<Target> parse_target(std::string_view target, std::string& buffer);

/// The authority of a target in absolute form, else empty. Lifetime: views `target`.
std::string_view authority_of(std::string_view target);

/// The segments of a path: of "/a/b.c" they are "a" and "b.c".
///
/// Slashes that follow each other count as one. A trailing slash is followed by one more, empty segment, so "/a/" is
/// not "/a", and "/" is one empty segment. Past `most` segments the rest stays undivided in the last one; no route is
/// that long. Lifetime: views the path.
class Segments {
 public:
    static constexpr std::size_t most = 12;

    explicit Segments(std::string_view path);

    std::size_t size() const { return size_; }

    /// Requires: i < size().
    std::string_view operator[](std::size_t i) const { return parts_[i]; }

    const std::string_view* begin() const { return parts_.data(); }
    const std::string_view* end() const { return parts_.data() + size_; }

 private:
    std::array<std::string_view, most> parts_;
    std::size_t size_ = 0;
};

}  // namespace tapalcatl::web
