#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tapalcatl::doctor {

/// Keys in a storage.
struct Listing {
    std::vector<std::string> keys;
    std::vector<std::string> folders;  ///< with a '/' at their end; only with Depth::one_level
    bool is_truncated = false;         ///< there are more keys
};

enum class Depth {
    one_level,  ///< deeper keys are represented by their folder
    all,
};

/// Lists the keys in a storage, in the order of their bytes.
class Lister {
 public:
    static constexpr std::size_t max_items = 1000;  ///< keys and folders in a listing

    virtual ~Lister() = default;

    /// The first keys that start with `prefix`, which is empty or ends with '/'. An empty listing is no failure.
    /// Fails: denied, unavailable, timeout, corrupt, io.
    virtual Result<Listing> list(const std::string& prefix, Depth depth) = 0;
};

/// Lists the files of a folder as keys. It follows links, as reading archives does.
class FolderLister final : public Lister {
 public:
    /// `deadline` is called when a listing begins; the listing ends at that time, truncated.
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
