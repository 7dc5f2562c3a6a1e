#include "doctor/lister.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <system_error>

namespace tapalcatl::doctor {
namespace {

namespace fs = std::filesystem;

/// In a larger folder, only the names that the system returns first are examined: they are as good a sample.
constexpr std::size_t max_names = 200'000;

/// Limits the recursion where a link leads to a folder above.
constexpr unsigned deepest_level = 16;

Error failure(const std::string& prefix, const std::error_code& error) {
    const auto where = prefix.empty() ? std::string("the folder") : printable(prefix);
    const bool is_denied = error == std::errc::permission_denied;
    return fail(is_denied ? Errc::denied : Errc::io, "{}: {}{}", where, error.message(),
                is_denied ? ": the server's user needs permission to read it" : "");
}

}  // namespace

Result<Listing> FolderLister::list(const std::string& prefix, Depth depth) {
    Walk walk{depth, deadline_(), {}, max_names};
    const auto visited = visit(prefix, 0, walk);
    if (!visited) {
        return visited.error();
    }
    return std::move(walk.listing);
}

Result<void> FolderLister::visit(const std::string& prefix, unsigned level, Walk& walk) const {
    std::error_code error;
    fs::directory_iterator entry(root_ / ("./" + prefix), error);  // a prefix may begin with '/'

    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
        return {};
    }
    std::vector<std::string> names;  // of folders with their '/', which is how keys sort
    for (; !error && entry != fs::directory_iterator() && walk.names_left > 0; entry.increment(error)) {
        std::error_code of_status;
        const bool is_folder = entry->is_directory(of_status);
        names.push_back(entry->path().filename().string() + (is_folder ? "/" : ""));
        --walk.names_left;
    }
    if (error) {
        return failure(prefix, error);
    }
    std::sort(names.begin(), names.end());
    auto& listing = walk.listing;
    for (const auto& name : names) {
        const bool is_late = std::chrono::steady_clock::now() > walk.deadline;
        if (is_late || listing.keys.size() + listing.folders.size() == max_items) {
            listing.is_truncated = true;
            return {};
        }
        const auto whole = prefix + name;
        if (!name.ends_with('/')) {
            listing.keys.push_back(whole);
        } else if (walk.depth == Depth::one_level) {
            listing.folders.push_back(whole);
        } else if (level < deepest_level) {
            const auto visited = visit(whole, level + 1, walk);
            if (!visited) {
                return visited.error();
            }
        }
    }
    listing.is_truncated = listing.is_truncated || walk.names_left == 0;
    return {};
}

}  // namespace tapalcatl::doctor
