#pragma once

#include "base/error.hpp"
#include "tiles/metatile.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// How the archives of a Tapalcatl 2 tileset are named: text with {z}, {x}, {y} and {h}. {h} is a hash that spreads
/// keys over the partitions of S3: the first five hexadecimal digits of the MD5 of "z/x/y".
class ArchiveTemplate {
 public:
    /// Requires: `text` has nothing else in braces. Other text is taken as it is.
    explicit ArchiveTemplate(std::string_view text);

    std::string name(TileId archive) const;

 private:
    struct Part {
        std::string text;   ///< what stands before the variable
        char variable = 0;  ///< 'z', 'x', 'y', 'h', or 0 behind the last one
    };
    std::vector<Part> parts_;
};

/// Where the archives of a tileset lie.
struct ArchivePlace {
    std::string folder;  ///< a URL: "s3://bucket/prefix"; empty: the folder of the meta.json
    std::string keys;    ///< a template for their keys in it
};

/// Resolves `source`, a template for URLs, against the URL of the meta.json that has it (RFC 3986, section 5).
///
/// Fails: corrupt, with what is wrong and what is expected: a variable that is missing or unknown; a scheme other than
/// s3, https, http and file; a variable in the name of the host or bucket; a query. A meta.json that is not a file
/// itself must not name files of this machine.
Result<ArchivePlace> resolve_archives(std::string_view source, std::string_view meta_url);

}  // namespace tapalcatl
