#pragma once

#include <span>
#include <string_view>

namespace tapalcatl {

/// The members of a configuration file that are no settings. The file's reader and its schema both have a `switch` over
/// them, so that neither can lack one.
enum class FileMember {
    tilesets,       ///< of the document
    named_sources,  ///< of the document
    headers,        ///< of the document and of a tileset
    formats,        ///< of a tileset, as those below
    description,
    sources,  ///< names of some of those in the document
    on_failure,
    routes,
};

struct FileMemberInfo {
    FileMember member;
    std::string_view name;
    std::string_view help;
};

/// Those of the document.
std::span<const FileMemberInfo> document_members();

/// Those of a tileset.
std::span<const FileMemberInfo> tileset_members();

/// Null if no member has the name. Lifetime: points into `members`.
const FileMemberInfo* find_member(std::span<const FileMemberInfo> members, std::string_view name);

}  // namespace tapalcatl
