#include "cli/archive_check.hpp"

#include "cli/exit_code.hpp"

#include <algorithm>

namespace tapalcatl::cli {
namespace {

constexpr std::uint64_t longest_run = 4 * 1024 * 1024;
constexpr std::uint64_t widest_gap = 64 * 1024;  // is read along with the entries at both of its sides
constexpr std::size_t most_findings = 20;        // an archive with more is bad all over

class Check {
 public:
    Check(ArchiveReader& reader, const std::string& path, std::uint64_t ceiling, std::atomic<std::uint64_t>& bytes_read)
        : reader_(reader), path_(path), ceiling_(ceiling), bytes_read_(bytes_read) {}

    ArchiveReport run() {
        const auto head = reader_.head(path_);
        if (!head) {
            note({}, head.error());
            return std::move(report_);
        }
        report_.size_bytes = head->version.size;
        const auto entries = readable_entries(*head->directory);
        for (std::size_t first = 0; first < entries.size();) {
            first = read_run(*head, entries, first);
        }
        return std::move(report_);
    }

 private:
    using Entries = std::vector<const zip::Entry*>;

    /// Those that can be read and are not too large, in the order of the file.
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

    /// Reads entries that lie side by side at once and checks them. Returns the index of the next one.
    std::size_t read_run(const source::ArchiveHead& head, const Entries& entries, std::size_t first) {
        auto run = zip::extent_of(*entries[first]);
        auto next = first + 1;
        for (; next < entries.size(); ++next) {
            const auto extent = zip::extent_of(*entries[next]);
            const auto run_end = run.offset + run.size;
            const auto end = std::max(run_end, extent.offset + extent.size);
            if (end - run.offset > longest_run || extent.offset > run_end + widest_gap) {
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
        (exit_code(error.code) == exit_corrupt ? report_.is_corrupt : report_.is_unreadable) = true;
        if (report_.findings.size() < most_findings) {
            report_.findings.push_back({std::string(entry), error});
        } else {
            ++report_.more_findings;
        }
    }

    ArchiveReader& reader_;
    const std::string& path_;
    std::uint64_t ceiling_;
    std::atomic<std::uint64_t>& bytes_read_;
    ArchiveReport report_;
};

}  // namespace

ArchiveReport check_archive(ArchiveReader& reader, const std::string& path, std::uint64_t ceiling,
                            std::atomic<std::uint64_t>& bytes_read) {
    return Check(reader, path, ceiling, bytes_read).run();
}

}  // namespace tapalcatl::cli
