#include "cli/archive_walk.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tapalcatl::cli {
namespace fs = std::filesystem;

ArchiveWalk::ArchiveWalk(std::vector<std::string> paths) {
    std::vector<Item> named;
    for (auto& path : paths) {
        std::error_code error;
        const bool is_folder = fs::is_directory(path, error);
        named.push_back({std::move(path), is_folder});
    }
    std::reverse(named.begin(), named.end());
    levels_.push_back(std::move(named));
}

std::optional<Found> ArchiveWalk::next() {
    while (!levels_.empty()) {
        if (levels_.back().empty()) {
            levels_.pop_back();
            continue;
        }
        auto item = std::move(levels_.back().back());
        levels_.back().pop_back();
        if (!item.is_folder) {
            std::error_code error;
            const auto size = fs::file_size(item.path, error);
            return Found{std::move(item.path), error ? 0 : size, std::nullopt};
        }
        auto inside = list(item.path);
        if (!inside) {
            return Found{std::move(item.path), 0, inside.error()};
        }
        levels_.push_back(std::move(*inside));
    }
    return std::nullopt;
}

Result<std::vector<ArchiveWalk::Item>> ArchiveWalk::list(const std::string& folder) {
    std::vector<Item> items;
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    while (!error && entry != fs::directory_iterator()) {
        // What cannot be looked at is taken for an archive: reading it will tell why.
        std::error_code unknown;
        const bool is_folder = !entry->is_symlink(unknown) && entry->is_directory(unknown);
        if (is_folder || (entry->path().extension() == ".zip" && !entry->is_directory(unknown))) {
            items.push_back({entry->path().string(), is_folder});
        }
        entry.increment(error);
    }
    if (error) {
        return fail(error == std::errc::permission_denied ? Errc::denied : Errc::io, "{}", error.message());
    }
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.path > b.path; });
    return items;
}

}  // namespace tapalcatl::cli
