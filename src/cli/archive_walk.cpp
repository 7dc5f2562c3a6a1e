#include "cli/archive_walk.hpp"

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <string_view>
#include <system_error>
#include <utility>

namespace tapalcatl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view archive_suffix = ".zip";

/// The prefix that a path stands for; nullopt for archives and folders.
std::optional<BucketLocation> prefix_of(const std::string& path) {
    auto location = path.find("://") == std::string::npos ? std::nullopt : parse_location(path);
    auto* bucket = location ? std::get_if<BucketLocation>(&*location) : nullptr;
    if (bucket == nullptr || (bucket->prefix.ends_with(archive_suffix) && !path.ends_with('/'))) {
        return std::nullopt;
    }
    return std::move(*bucket);
}

}  // namespace

ArchiveWalk::ArchiveWalk(std::vector<std::string> paths, ListBucket list_bucket)
    : list_bucket_(std::move(list_bucket)) {
    std::vector<Item> named;
    for (auto& path : paths) {
        if (auto prefix = prefix_of(path)) {
            named.push_back({std::move(path), false, 0, Prefix{std::move(*prefix), {}}});
            continue;
        }
        std::error_code error;
        const bool is_folder = fs::is_directory(path, error);
        named.push_back({std::move(path), is_folder});
    }
    std::reverse(named.begin(), named.end());
    levels_.push_back(std::move(named));
}

std::optional<FoundArchive> ArchiveWalk::next() {
    while (!levels_.empty()) {
        if (levels_.back().empty()) {
            levels_.pop_back();
            continue;
        }
        auto item = std::move(levels_.back().back());
        levels_.back().pop_back();
        if (!item.is_folder && !item.prefix) {
            std::error_code error;
            const auto size = item.size_bytes > 0 ? item.size_bytes : fs::file_size(item.path, error);
            return FoundArchive{std::move(item.path), error ? 0 : size, std::nullopt};
        }
        auto inside = item.prefix ? list(*item.prefix) : list(item.path);
        if (!inside) {
            return FoundArchive{std::move(item.path), 0, inside.error()};
        }
        const bool is_key = item.prefix && item.prefix->after.empty() && !item.prefix->location.prefix.empty();
        if (inside->empty() && is_key) {
            return FoundArchive{std::move(item.path), 0, std::nullopt};
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
        // An entry that cannot be examined counts as an archive: reading it will show the error.
        std::error_code unknown;
        const bool is_folder = !entry->is_symlink(unknown) && entry->is_directory(unknown);
        if (is_folder || (entry->path().extension() == archive_suffix && !entry->is_directory(unknown))) {
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

Result<std::vector<ArchiveWalk::Item>> ArchiveWalk::list(const Prefix& prefix) const {
    const auto& [location, after] = prefix;
    const auto below = location.prefix.empty() ? std::string() : location.prefix + '/';
    const auto page = list_bucket_(location.bucket, below, after);
    if (!page) {
        return page.error();
    }
    std::vector<Item> items;
    if (page->is_truncated && !page->objects.empty()) {
        const auto url = fmt::format("s3://{}/{}", location.bucket, below);
        items.push_back({url, false, 0, Prefix{location, page->objects.back().key}});
    }
    for (const auto& object : page->objects | std::views::reverse) {
        if (object.key.ends_with(archive_suffix)) {
            items.push_back({fmt::format("s3://{}/{}", location.bucket, object.key), false, object.size_bytes});
        }
    }
    return items;
}

}  // namespace tapalcatl::cli
