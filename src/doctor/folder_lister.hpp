#pragma once

#include "base/clock.hpp"
#include "doctor/lister.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace tapalcatl::doctor {

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
