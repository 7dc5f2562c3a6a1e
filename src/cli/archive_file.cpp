#include "cli/archive_file.hpp"

#include "base/run_until_done.hpp"
#include "base/text.hpp"

#include <filesystem>

namespace tapalcatl::cli {
namespace {

constexpr std::chrono::minutes read_timeout{1};  // a disk that sleeps, or a network share

/// What a deflated entry may be longer than its content: 5 bytes a block, and blocks of the worst encoders.
constexpr std::uint64_t deflate_slack = 64 * 1024;

/// The key of a file below "/".
Result<std::string> key_of(const std::string& path) {
    std::error_code error;
    const auto whole = std::filesystem::canonical(path, error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
        return fail(Errc::not_found, "no such file");
    }
    if (error) {
        return fail(Errc::io, "{}", error.message());
    }
    if (std::filesystem::is_directory(whole, error)) {
        return fail(Errc::io, "is a directory: expected an archive");
    }
    return whole.string().substr(1);
}

}  // namespace

ArchiveReader::ArchiveReader(const Settings& settings, EnvironmentVariables environment)
    : settings_(settings), storages_(settings, std::move(environment), context_) {}

Result<ArchiveReader::Place> ArchiveReader::place_of(const std::string& path) {
    const auto url = path.find("://") == std::string::npos ? std::nullopt : parse_location(path);
    Location location = FolderLocation{"/"};
    std::string key;
    if (!url) {
        auto file = key_of(path);
        if (!file) {
            return file.error();
        }
        key = std::move(*file);
    } else if (const auto* bucket = std::get_if<BucketLocation>(&*url)) {
        key = bucket->prefix;
        location = BucketLocation{bucket->bucket, {}};
    } else {
        location = *url;
    }
    auto& opened = opened_[url_of(location)];
    if (opened == nullptr) {
        auto storage = storages_.open(location);
        if (!storage) {
            return storage.error();
        }
        opened = std::move(*storage);
    }
    return Place{opened.get(), std::move(key)};
}

Result<source::ArchiveHead> ArchiveReader::head(const std::string& path) {
    const auto place = place_of(path);
    if (!place) {
        return place.error();
    }
    const auto deadline = system_clock().now() + read_timeout;
    return run_until_done(context_, source::read_head(*place->storage, place->key, {}, settings_.read, deadline));
}

Result<SharedBytes> ArchiveReader::read(const std::string& path, const source::ArchiveHead& head, zip::Extent extent) {
    const auto& tail = head.tail;
    if (extent.offset >= tail.offset && extent.offset - tail.offset <= tail.bytes.size() &&
        extent.size <= tail.bytes.size() - (extent.offset - tail.offset)) {
        return tail.bytes.part(static_cast<std::size_t>(extent.offset - tail.offset),
                               static_cast<std::size_t>(extent.size));
    }
    const auto place = place_of(path);
    if (!place) {
        return place.error();
    }
    const auto deadline = system_clock().now() + read_timeout;
    auto read = run_until_done(context_, place->storage->read(place->key, storage::Span{extent.offset, extent.size},
                                                              storage::IfMatch{head.version}, deadline));
    if (!read) {
        return read.error();
    }
    return std::move(read->bytes);
}

Result<Bytes> ArchiveReader::content(const std::string& path, const source::ArchiveHead& head, const zip::Entry& entry,
                                     std::uint64_t ceiling) {
    const auto size = check_size(entry, ceiling);
    if (!size) {
        return size.error();
    }
    auto bytes = read(path, head, zip::extent_of(entry));
    if (!bytes) {
        return bytes.error();
    }
    entry_bytes_ = std::move(*bytes);
    return content_of(entry, entry_bytes_.view(), ceiling);
}

Result<Bytes> ArchiveReader::content_of(const zip::Entry& entry, Bytes bytes, std::uint64_t ceiling) {
    const auto data = zip::stored_data(entry, bytes);
    if (!data) {
        return data.error();
    }
    return zip::checked_content(entry, *data, ceiling, inflater_);
}

Result<void> check_size(const zip::Entry& entry, std::uint64_t ceiling) {
    if (entry.size > ceiling) {
        return fail(Errc::too_large, "{} bytes: expected at most {}", entry.size, ceiling);
    }
    if (entry.compressed_size > ceiling + deflate_slack) {
        return fail(Errc::too_large, "{} bytes compressed: expected at most {}", entry.compressed_size, ceiling);
    }
    return {};
}

Result<std::string> archive_path(std::string_view archive) {
    const auto scheme_end = archive.find("://");
    if (scheme_end == std::string_view::npos) {
        return std::string(archive);
    }
    const auto location = parse_location(archive);
    if (!location) {
        return fail(Errc::usage,
                    "archive '{}': expected a path, file:///path (with special characters as %XX), s3://bucket/key or "
                    "https://host/path",
                    printable(archive));
    }
    if (const auto* file = std::get_if<FolderLocation>(&*location)) {
        return file->path;
    }
    const auto* bucket = std::get_if<BucketLocation>(&*location);
    if (bucket != nullptr && bucket->prefix.empty()) {
        return fail(Errc::usage, "archive '{}': expected a key after the bucket: s3://bucket/key", printable(archive));
    }
    return std::string(archive);
}

}  // namespace tapalcatl::cli
