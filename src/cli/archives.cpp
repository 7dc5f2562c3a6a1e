#include "cli/archives.hpp"

#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/output.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tapalcatl::cli {
namespace {

constexpr std::chrono::minutes read_timeout{1};  // allows for sleeping disks and network shares

/// How much longer a deflated entry may be than its content: 5 bytes a block, with the blocks of the worst encoders.
constexpr std::uint64_t deflate_slack = 64 * 1024;

/// The key of a file, relative to "/".
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
        return fail(Errc::usage, "is a directory: expected an archive");
    }
    return whole.string().substr(1);
}

}  // namespace

ArchiveReader::ArchiveReader(const Settings& settings, EnvironmentVariables environment)
    : settings_(settings), storages_(std::move(environment), context_) {}

Result<ArchiveReader::ObjectAddress> ArchiveReader::address_of(const std::string& path) {
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
    auto& opened = opened_[exact_url_of(location)];
    if (opened == nullptr) {
        auto storage = storages_.open(location, app::storage_access(settings_));
        if (!storage) {
            return storage.error();
        }
        opened = std::move(*storage);
    }
    return ObjectAddress{opened.get(), std::move(key)};
}

Result<source::ArchiveHead> ArchiveReader::head(const std::string& path) {
    const auto address = address_of(path);
    if (!address) {
        return address.error();
    }
    const auto deadline = system_clock().now() + read_timeout;
    return run_until_done(context_, source::read_head(*address->storage, address->key, {}, settings_.read, deadline));
}

Result<SharedBytes> ArchiveReader::read(const std::string& path, const source::ArchiveHead& head, zip::Extent extent) {
    const auto& tail = head.tail;
    if (extent.offset >= tail.offset && extent.offset - tail.offset <= tail.bytes.size() &&
        extent.size <= tail.bytes.size() - (extent.offset - tail.offset)) {
        return tail.bytes.part(static_cast<std::size_t>(extent.offset - tail.offset),
                               static_cast<std::size_t>(extent.size));
    }
    const auto address = address_of(path);
    if (!address) {
        return address.error();
    }
    const auto deadline = system_clock().now() + read_timeout;
    auto read = run_until_done(context_, address->storage->read(address->key, storage::Span{extent.offset, extent.size},
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

std::string archive_for_people(std::string_view archive) {
    const auto scheme_end = archive.find("://");
    if (scheme_end == std::string_view::npos) {
        return printable(archive);
    }
    const auto location = parse_location(archive);
    if (location && std::holds_alternative<WebLocation>(*location)) {
        return url_of(*location);
    }
    return location ? printable(archive) : url_for_people(archive);
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
                    archive_for_people(archive));
    }
    if (const auto* file = std::get_if<FolderLocation>(&*location)) {
        return file->path;
    }
    const auto* bucket = std::get_if<BucketLocation>(&*location);
    if (bucket != nullptr && bucket->prefix.empty()) {
        return fail(Errc::usage, "archive '{}': expected a key after the bucket: s3://bucket/key",
                    archive_for_people(archive));
    }
    return std::string(archive);
}

namespace {

constexpr std::uint64_t max_run = 4 * 1024 * 1024;
constexpr std::uint64_t max_gap = 64 * 1024;  // bytes between two entries that are read along with them
constexpr std::size_t max_faults = 20;        // an archive with more faults is damaged all over

class Check {
 public:
    Check(ArchiveReader& reader, const std::string& path, std::uint64_t ceiling, std::atomic<std::uint64_t>& bytes_read)
        : reader_(reader), path_(path), ceiling_(ceiling), bytes_read_(bytes_read) {}

    ArchiveReport run() {
        check_once();
        if (std::exchange(was_replaced_, false)) {
            report_ = {};
            check_once();
        }
        return std::move(report_);
    }

 private:
    using Entries = std::vector<const zip::Entry*>;

    void check_once() {
        const auto head = reader_.head(path_);
        if (!head) {
            note({}, head.error());
            return;
        }
        report_.size_bytes = head->version.size;
        const auto entries = readable_entries(*head->directory);
        for (std::size_t first = 0; first < entries.size();) {
            first = read_run(*head, entries, first);
        }
    }

    /// The entries that are readable and not too large, in the order of the file.
    Entries readable_entries(const zip::Directory& directory) {
        Entries entries;
        for (const auto& entry : directory.entries()) {
            ++report_.entries;
            auto readable = zip::check_readable(entry);
            if (readable) {
                readable = check_size(entry, ceiling_);
            }
            if (readable) {
                entries.push_back(&entry);
            } else {
                note(entry.name, readable.error());
            }
        }
        std::sort(entries.begin(), entries.end(),
                  [](const zip::Entry* a, const zip::Entry* b) { return a->header_offset < b->header_offset; });
        return entries;
    }

    /// Reads neighbouring entries with one read and checks them. Returns the index of the next entry.
    std::size_t read_run(const source::ArchiveHead& head, const Entries& entries, std::size_t first) {
        auto run = zip::extent_of(*entries[first]);
        auto next = first + 1;
        for (; next < entries.size(); ++next) {
            const auto extent = zip::extent_of(*entries[next]);
            const auto run_end = run.offset + run.size;
            const auto end = std::max(run_end, extent.offset + extent.size);
            if (end - run.offset > max_run || extent.offset > run_end + max_gap) {
                break;
            }
            run.size = end - run.offset;
        }
        const auto bytes = reader_.read(path_, head, run);
        bytes_read_ += run.size;
        if (!bytes) {
            note({}, bytes.error());
            return bytes.error().code == Errc::replaced ? entries.size() : next;
        }
        for (auto i = first; i < next; ++i) {
            const auto extent = zip::extent_of(*entries[i]);
            const auto part = slice(bytes->view(), extent.offset - run.offset, extent.size);
            check_entry(*entries[i], part ? *part : Bytes{});
        }
        return next;
    }

    void check_entry(const zip::Entry& entry, Bytes bytes) {
        const auto content = reader_.content_of(entry, bytes, ceiling_);
        if (!content) {
            note(entry.name, content.error());
            return;
        }
        report_.inflated_bytes += content->size();
        if (zip::holds_gzip(entry, *content)) {
            ++report_.gzipped;
            const auto inner = zip::open_gzip(*content, ceiling_);
            if (!inner) {
                note(entry.name, inner.error());
            }
        }
    }

    void note(std::string_view entry, const Error& error) {
        was_replaced_ = was_replaced_ || error.code == Errc::replaced;
        (exit_code(error.code) == exit_corrupt ? report_.is_corrupt : report_.is_unreadable) = true;
        if (report_.faults.size() < max_faults) {
            report_.faults.push_back({std::string(entry), error});
        } else {
            ++report_.more_faults;
        }
    }

    ArchiveReader& reader_;
    const std::string& path_;
    std::uint64_t ceiling_;
    std::atomic<std::uint64_t>& bytes_read_;
    ArchiveReport report_;
    bool was_replaced_ = false;  ///< between two reads
};

}  // namespace

ArchiveReport check_archive(ArchiveReader& reader, const std::string& path, std::uint64_t ceiling,
                            std::atomic<std::uint64_t>& bytes_read) {
    return Check(reader, path, ceiling, bytes_read).run();
}

}  // namespace tapalcatl::cli
