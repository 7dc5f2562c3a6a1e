#include "base/text.hpp"
#include "cli/archives.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "source/tapalcatl2_comments.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace tapalcatl::cli {
namespace {

/// APPNOTE 4.4.5.
std::string method_name(const zip::Entry& entry) {
    switch (entry.method) {
        case 0:
            return "stored";
        case 8:
            return "deflate";
        case 9:
            return "deflate64";
        case 12:
            return "bzip2";
        case 14:
            return "lzma";
        case 93:
            return "zstd";
        case 95:
            return "xz";
        default:
            return fmt::format("method {}", entry.method);
    }
}

/// What stands behind an entry's name.
std::string note_of(const zip::Entry& entry) {
    if (entry.fault != zip::Fault::none) {
        return fmt::format("  ({})", zip::check_readable(entry).error().message);
    }
    return entry.is_encrypted() ? "  (encrypted)" : "";
}

/// Of comments, a table shows at most this many bytes. --json shows all.
constexpr std::size_t longest_comment = 200;

std::string shown_comment(std::string_view comment) {
    return printable(comment.substr(0, longest_comment)) + (comment.size() > longest_comment ? "..." : "");
}

/// Whether a comment is meant to be Tapalcatl 2's, so that what is wrong with it is worth telling.
bool looks_like_json(std::string_view comment) {
    return comment.starts_with('{') || comment.starts_with('[');
}

std::string shown_headers(const source::HeaderList& headers) {
    std::string text;
    for (const auto& [name, value] : headers) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, value);
    }
    return text;
}

/// Under an entry: its headers, or the comment that has none.
void print_comment(const zip::Entry& entry, Output& out) {
    const auto comment = entry.comment();
    if (comment.empty()) {
        return;
    }
    const auto [headers, warning] = source::read_entry_comment(comment);
    if (headers.empty()) {
        out.print("    comment: {}\n", shown_comment(comment));
    } else {
        out.print("    headers: {}\n", shown_headers(headers));
    }
    if (!warning.empty() && looks_like_json(comment)) {
        out.print("    not used: {}\n", warning);
    }
}

/// Under the table: the archive's comment, and the headers that it gives.
void print_comment(const zip::Directory& directory, Output& out) {
    const auto comment = directory.comment();
    if (comment.empty()) {
        return;
    }
    out.print("comment: {}\n", shown_comment(comment));
    const auto [headers, warning] = source::read_archive_comment(comment);
    for (const auto& [format, list] : headers.formats) {
        if (list != nullptr) {
            out.print("headers of {}: {}\n", printable(format), shown_headers(list->fields));
        }
    }
    if (headers.any_format != nullptr) {
        out.print("headers of {}: {}\n", headers.formats.empty() ? "all entries" : "other formats",
                  shown_headers(headers.any_format->fields));
    }
    if (!warning.empty() && looks_like_json(comment)) {
        out.print("headers that are not used: {}\n", warning);
    }
}

boost::json::object json_of(const source::HeaderList& headers) {
    boost::json::object object;
    for (const auto& [name, value] : headers) {
        object[name] = value;
    }
    return object;
}

/// What the archive's comment gives: by format, and under "" for the other formats.
boost::json::object json_of(const source::ArchiveHeaders& headers) {
    boost::json::object object;
    for (const auto& [format, list] : headers.formats) {
        if (list != nullptr) {
            object[utf8(format)] = json_of(list->fields);
        }
    }
    if (headers.any_format != nullptr) {
        object[""] = json_of(headers.any_format->fields);
    }
    return object;
}

struct Total {
    std::uint64_t size = 0;
    std::uint64_t compressed_size = 0;
};

Total total_of(std::span<const zip::Entry> entries) {
    Total total;
    for (const auto& entry : entries) {
        total.size += entry.size;
        total.compressed_size += entry.compressed_size;
    }
    return total;
}

/// Compressed size in percent of the size.
std::string ratio(std::uint64_t compressed_size, std::uint64_t size) {
    if (size == 0) {
        return "-";
    }
    return fmt::format("{:.1f}%", 100 * static_cast<double>(compressed_size) / static_cast<double>(size));
}

void print_table(const zip::Directory& directory, Output& out) {
    const auto total = total_of(directory.entries());
    const auto count = directory.entries().size();
    const auto size_width = std::max<std::size_t>(4, std::to_string(total.size).size());
    const auto compressed_width = std::max<std::size_t>(10, std::to_string(total.compressed_size).size());
    std::size_t method_width = 6;
    for (const auto& entry : directory.entries()) {
        method_width = std::max(method_width, method_name(entry).size());
    }

    out.print("{:>{}}  {:>{}}  {:>6}  {:<{}}  {:<8}  {}\n", "size", size_width, "compressed", compressed_width, "ratio",
              "method", method_width, "crc32", "name");
    for (const auto& entry : directory.entries()) {
        out.print("{:>{}}  {:>{}}  {:>6}  {:<{}}  {:08x}  {}{}\n", entry.size, size_width, entry.compressed_size,
                  compressed_width, ratio(entry.compressed_size, entry.size), method_name(entry), method_width,
                  entry.crc32, printable(entry.name), note_of(entry));
        print_comment(entry, out);
    }
    out.print("{:>{}}  {:>{}}  {:>6}  {:<{}}  {:<8}  {} {}\n", total.size, size_width, total.compressed_size,
              compressed_width, ratio(total.compressed_size, total.size), "", method_width, "", count,
              count == 1 ? "entry" : "entries");
    print_comment(directory, out);
}

void print_json(const std::string& archive, const source::ArchiveHead& head, Output& out) {
    const auto& directory = *head.directory;
    // Written piece by piece: an archive may have very many entries.
    const auto shown = archive.find("://") == std::string::npos ? archive : archive_for_people(archive);
    boost::json::object about{
        {"archive", utf8(shown)}, {"size", head.version.size}, {"comment", utf8(directory.comment())}};
    if (const auto read = source::read_archive_comment(directory.comment()); !read.headers.empty()) {
        about["headers"] = json_of(read.headers);
    }
    auto opening = json_text(about);
    opening.pop_back();
    out.print("{},\"entries\":[", opening);
    bool is_first = true;
    for (const auto& entry : directory.entries()) {
        boost::json::object row{{"name", utf8(entry.name)},
                                {"size", entry.size},
                                {"compressed_size", entry.compressed_size},
                                {"method", method_name(entry)},
                                {"encrypted", entry.is_encrypted()},
                                {"crc32", fmt::format("{:08x}", entry.crc32)},
                                {"header_offset", entry.header_offset},
                                {"comment", utf8(entry.comment())}};
        if (const auto read = source::read_entry_comment(entry.comment()); !read.headers.empty()) {
            row["headers"] = json_of(read.headers);
        }
        if (entry.fault != zip::Fault::none) {
            row.emplace("error", zip::check_readable(entry).error().message);
        }
        out.print("{}{}", is_first ? "" : ",", json_text(row));
        is_first = false;
    }
    const auto total = total_of(directory.entries());
    const boost::json::object totals{
        {"entries", directory.entries().size()}, {"size", total.size}, {"compressed_size", total.compressed_size}};
    out.print("],\"total\":{}}}\n", json_text(totals));
}

}  // namespace

Result<void> ls(const Settings& settings, const EnvironmentVariables& environment, const std::string& archive,
                Form form, Output& out) {
    const auto path = archive_path(archive);
    if (!path) {
        return path.error();
    }
    ArchiveReader reader(settings, environment);
    const auto head = reader.head(*path);
    if (!head) {
        return head.error().within(archive_for_people(archive));
    }
    if (form == Form::json) {
        print_json(archive, *head, out);
    } else {
        print_table(*head->directory, out);
    }
    return {};
}

Result<void> cat(const Settings& settings, const EnvironmentVariables& environment, const std::string& archive,
                 const std::string& entry, Output& out) {
    const auto path = archive_path(archive);
    if (!path) {
        return path.error();
    }
    ArchiveReader reader(settings, environment);
    for (bool is_last = false;; is_last = true) {
        const auto head = reader.head(*path);
        if (!head) {
            return head.error().within(archive_for_people(archive));
        }
        const auto* found = head->directory->find(entry);
        if (found == nullptr) {
            return fail(Errc::not_found, "{}: {}: no such entry; 'tapalcatl ls' lists those that there are",
                        archive_for_people(archive), printable(entry));
        }
        const auto content = reader.content(*path, *head, *found, settings.limits.max_tile_size_bytes);
        if (content) {
            return write_content(out, *content);
        }
        if (content.error().code != Errc::replaced || is_last) {
            return content.error().within(printable(entry)).within(archive_for_people(archive));
        }
    }
}

}  // namespace tapalcatl::cli
