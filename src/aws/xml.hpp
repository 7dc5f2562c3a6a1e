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

/// The leaves of one of AWS's small documents, in document order.
class XmlLeaves {
 public:
    static constexpr std::size_t max_bytes = 64 * 1024;  ///< unless the caller allows more
    static constexpr std::size_t max_depth = 16;

    /// Parses a document.
    ///
    /// Only numeric references and XML's five named ones are resolved; others stay as they are written.
    /// Fails: corrupt if `text` is not one well-formed element with optional comments and instructions around it, or
    /// is nested too deeply, or has a document type (AWS never sends one); too_large over `limit` bytes.
    static Result<XmlLeaves> parse(std::string_view text, std::size_t limit = max_bytes);

    /// The text of the first leaf whose path is `path` or ends in "/" + `path`; empty if there is none.
    std::string_view text(std::string_view path) const;

    /// The name of the outermost element.
    const std::string& root() const { return root_; }
    const std::vector<XmlLeaf>& all() const { return leaves_; }

 private:
    std::string root_;
    std::vector<XmlLeaf> leaves_;
};

}  // namespace tapalcatl::aws
