#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tapalcatl::doctor {

/// Keys that a storage has.
struct Listing {
    std::vector<std::string> keys;
    std::vector<std::string> folders;  ///< with a '/' at their end; only where one level was asked for
    bool is_truncated = false;         ///< there are more
};

enum class Depth {
    one_level,  ///< what lies deeper is told by its folder
    all,
};

/// Looks at what there is in a storage. Keys come in the order of their bytes.
class Lister {
 public:
    static constexpr std::size_t max_keys = 1000;  ///< keys and folders in a listing

    virtual ~Lister() = default;

    /// The first keys that start with `prefix`, which is empty or ends with '/'. None is no failure.
    /// Fails: denied, unavailable, timeout, corrupt, io.
    virtual Result<Listing> list(const std::string& prefix, Depth depth) = 0;
};

/// The files of a folder, as if they were keys. Links are followed, as they are when archives are read.
class FolderLister final : public Lister {
 public:
    /// `deadline` is asked for when a listing begins; it looks no further after that.
    FolderLister(std::string root, std::function<SteadyTime()> deadline)
        : root_(std::move(root)), deadline_(std::move(deadline)) {}

    /// Fails: denied, io, both with the folder's name.
    Result<Listing> list(const std::string& prefix, Depth depth) override;

 private:
    struct Walk {
        Depth depth;
        SteadyTime deadline;
        Listing listing;
        std::size_t names_left;
    };

    Result<void> visit(const std::string& prefix, unsigned level, Walk& walk) const;

    std::filesystem::path root_;
    std::function<SteadyTime()> deadline_;
};

}  // namespace tapalcatl::doctor
