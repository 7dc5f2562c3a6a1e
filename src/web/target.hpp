#pragma once

#include "base/error.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tapalcatl::web {

/// The parts of a request target.
struct Target {
    /// Percent-decoded once: UTF-8 without control characters that starts with '/'; or "*", for OPTIONS.
    /// An escaped slash is not decoded, so that the segments are those of the target; no route contains one.
    /// Dot segments are not removed: routes match names and numbers, and a path is never used as a file name.
    std::string_view path;
    std::string_view query;      ///< as sent, without '?'
    std::string_view authority;  ///< of the absolute form, in which it replaces Host; otherwise empty. Not validated.
};

/// Splits and decodes a target in origin form ("/a?b"), absolute form ("http://host/a?b", RFC 9112, section 3.2.2) or
/// asterisk form. A fragment, which clients should not send, is dropped.
///
/// Lifetime: the result views `target`, and `buffer` if the path contains an escape; only then bytes are copied.
/// Fails: bad_request for any other form, for a malformed escape, and if the decoded path contains a control character
/// or is not UTF-8: callers may write paths into logs and JSON as they are.
Result<Target> parse_target(std::string_view target, std::string& buffer);

/// The authority of a target in absolute form, otherwise empty. Lifetime: views `target`.
std::string_view authority_of(std::string_view target);

/// The segments of a path: of "/a/b.c" they are "a" and "b.c".
///
/// Consecutive slashes count as one. A trailing slash is followed by an empty segment, so "/a/" differs from "/a", and
/// "/" is one empty segment. The last of `max_count` segments contains the rest of the path; no route is that long.
/// Lifetime: views the path.
class Segments {
 public:
    static constexpr std::size_t max_count = 12;

    explicit Segments(std::string_view path);

    std::size_t size() const { return size_; }

    /// Requires: i < size().
    std::string_view operator[](std::size_t i) const { return parts_[i]; }

    const std::string_view* begin() const { return parts_.data(); }
    const std::string_view* end() const { return parts_.data() + size_; }

 private:
    std::array<std::string_view, max_count> parts_;
    std::size_t size_ = 0;
};

}  // namespace tapalcatl::web
