#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::aws {

/// An element without child elements.
struct XmlLeaf {
    std::string path;  ///< the names from the root, without prefixes: "Error/Code"
    std::string text;  ///< with references resolved, without blanks at both ends
};

/// What AWS's small documents come to: their leaves, in order.
class XmlLeaves {
 public:
    static constexpr std::size_t most_bytes = 64 * 1024;  ///< unless a caller expects more
    static constexpr std::size_t most_depth = 16;

    /// Fails: corrupt if `text` is not one well-formed element, with what may stand around it; too_large over
    /// `most` bytes. Document types are refused: nothing that AWS answers has one, and entities could be declared
    /// there.
    static Result<XmlLeaves> parse(std::string_view text, std::size_t most = most_bytes);

    /// The text of the first leaf whose path is `path`, or ends in "/" + `path`; empty if there is none.
    std::string_view text(std::string_view path) const;

    /// The name of the outermost element.
    const std::string& root() const { return root_; }
    const std::vector<XmlLeaf>& all() const { return leaves_; }

 private:
    std::string root_;
    std::vector<XmlLeaf> leaves_;
};

}  // namespace tapalcatl::aws
