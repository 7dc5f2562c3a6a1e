#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::cli {

/// An archive on the way, or a place where there should be some and that cannot be looked at.
struct Found {
    std::string path;
    std::uint64_t size_bytes = 0;  ///< 0 if that cannot be told
    std::optional<Error> error;
};

/// Walks through archives and folders in the order they are given, folders in the order of names and all the way down.
///
/// In folders it takes what is called *.zip. Links to files are followed, links to folders inside folders are not.
/// Memory: the names of the folders on the way down, not of all archives.
class ArchiveWalk {
 public:
    /// `paths` as archive_path() gives them.
    explicit ArchiveWalk(std::vector<std::string> paths);

    /// The next one; nullopt at the end.
    std::optional<Found> next();

 private:
    struct Item {
        std::string path;
        bool is_folder = false;
    };

    /// What is in `folder`, last name first. Fails: io, denied.
    static Result<std::vector<Item>> list(const std::string& folder);

    std::vector<std::vector<Item>> levels_;  ///< what is still to come, last one first
};

}  // namespace tapalcatl::cli
