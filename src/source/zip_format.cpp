#include "source/zip_format.hpp"

#include "source/ranges.hpp"
#include "zip/deflate.hpp"
#include "zip/entry.hpp"
#include "zip/location.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tapalcatl::source {
namespace {

/// Shorter content is sent as it is: gzip's own 18 bytes eat the gain.
constexpr std::size_t least_worth_compressing = 256;

/// What an entry may take in its archive beyond the limit for its content: headers, and DEFLATE's own blocks.
constexpr std::uint64_t extent_allowance = 256 * 1024;

/// Whether `content` starts like a format that is compressed already: PNG, JPEG, gzip, RIFF (WebP), zstd.
bool is_compressed_format(Bytes content) {
    constexpr std::array<std::string_view, 5> starts{"\x89PNG", "\xff\xd8\xff", "\x1f\x8b", "RIFF", "\x28\xb5\x2f\xfd"};
    const auto text = as_text(content);
    for (const auto start : starts) {
        if (text.starts_with(start)) {
            return true;
        }
    }
    return false;
}

std::string_view method_of(const zip::Entry& entry) {
    return entry.method == static_cast<std::uint16_t>(zip::Method::stored) ? "stored" : "deflate";
}

TileContent content_in(Encoding encoding, std::vector<std::byte> bytes, const zip::Entry& entry) {
    return {encoding, std::move(bytes), entry.size, entry.crc32, entry.compressed_size, method_of(entry)};
}

/// The content of an entry that is gzip once more. HTTP would have clients undo one of the two, and what they then hold
/// is no tile: so the inner member is what is sent, and size and CRC-32 are those of its content.
Result<TileContent> content_of_inner_gzip(zip::Entry entry, Bytes content, std::uint64_t limit) {
    const auto inner = zip::open_gzip(content, limit);
    if (!inner) {
        return inner.error().within(zip::shown(entry.name));
    }
    entry.size = inner->size;
    entry.crc32 = inner->crc32;
    return content_in(Encoding::gzip, zip::gzip_member(inner->deflate, inner->crc32, inner->size), entry);
}

Error directory_too_long(std::uint64_t size, const ReadPolicy& policy) {
    return fail(Errc::too_large, "a zip directory of {} bytes, over the limit of {}", size, policy.directory_limit);
}

/// The piece that reaches to the end of an object of `size` bytes: the longest, if there are several.
const storage::Content* tail_of(std::span<const storage::Content> pieces, std::uint64_t size) {
    const storage::Content* tail = nullptr;
    for (const auto& piece : pieces) {
        const bool is_tail = piece.offset + piece.bytes.size() == size;
        if (is_tail && (tail == nullptr || piece.offset < tail->offset)) {
            tail = &piece;
        }
    }
    return tail;
}

}  // namespace

ZipDirectory::ZipDirectory(zip::Directory directory, std::uint64_t tile_limit, ZipComments comments)
    : directory_(std::make_shared<const zip::Directory>(std::move(directory))),
      tile_limit_(tile_limit),
      comments_(comments) {
    if (comments_ == ZipComments::headers) {
        auto read = read_archive_comment(directory_->comment());
        headers_ = std::move(read.headers);
        warning_ = std::move(read.warning);
    }
}

std::size_t ZipDirectory::memory_size() const {
    return directory_->memory_size() + sizeof *this + (headers_.empty() ? 0 : headers_.memory_size());
}

std::optional<std::size_t> ZipDirectory::find(std::string_view name) const {
    const auto* entry = directory_->find(name);
    if (entry == nullptr) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(entry - directory_->entries().data());
}

Result<storage::Span> ZipDirectory::locate(std::size_t entry) const {
    const auto& found = directory_->entries()[entry];
    const auto readable = zip::check_readable(found);
    if (!readable) {
        return readable.error().within(zip::shown(found.name));
    }
    const auto extent = zip::extent_of(found);
    if (extent.size > tile_limit_ + extent_allowance) {
        return fail(Errc::too_large, "entry '{}' lies in {} bytes of the archive, over the limit of {}",
                    zip::shown(found.name), extent.size, tile_limit_);
    }
    return storage::Span{extent.offset, extent.size};
}

bool ZipDirectory::is_worth_keeping(std::size_t entry) const {
    const auto& found = directory_->entries()[entry];
    return found.size > 0 && zip::extent_of(found).size > 0 && directory_->find(found.name) == &found;
}

Result<TileContent> ZipDirectory::content(std::size_t entry, Bytes bytes) const {
    if (comments_ == ZipComments::ignored) {
        return checked_tile(entry, bytes);
    }
    const auto& found = directory_->entries()[entry];
    auto headers = headers_.of(found.name);
    auto comment = read_entry_comment(found.comment());
    if (!comment.headers.empty()) {
        auto all = merged(headers != nullptr ? headers->fields : HeaderList(), comment.headers);
        headers = std::make_shared<const TileHeaders>(std::move(all));
    }
    if (headers != nullptr && !is_readable_encoding(headers->content_encoding)) {
        return fail(Errc::unsupported, "{}: Content-Encoding '{}': expected gzip or none", zip::shown(found.name),
                    headers->content_encoding);
    }
    auto content = checked_tile(entry, bytes);
    if (content) {
        content->headers = std::move(headers);
        content->warning = std::move(comment.warning);
    }
    return content;
}

Result<TileContent> ZipDirectory::checked_tile(std::size_t entry, Bytes bytes) const {
    thread_local zip::Inflater inflater;
    const auto& found = directory_->entries()[entry];
    const auto data = zip::stored_data(found, bytes);
    if (!data) {
        return data.error();
    }
    const auto content = zip::checked_content(found, *data, tile_limit_, inflater);
    if (!content) {
        return content.error();
    }
    if (zip::holds_gzip(found, *content)) {
        return content_of_inner_gzip(found, *content, tile_limit_);
    }
    if (found.method == static_cast<std::uint16_t>(zip::Method::deflated)) {
        return content_in(Encoding::gzip, zip::gzip_member(*data, found.crc32, found.size), found);
    }
    if (content->size() >= least_worth_compressing && !is_compressed_format(*content)) {
        auto compressed = zip::gzip(*content);
        if (compressed.size() < content->size()) {
            return content_in(Encoding::gzip, std::move(compressed), found);
        }
    }
    return content_in(Encoding::identity, std::vector<std::byte>(content->begin(), content->end()), found);
}

storage::Range ZipFormat::first_read() const {
    switch (policy_.mode) {
        case ReadMode::whole:
            return storage::Suffix{policy_.archive_limit};
        case ReadMode::range:
            return storage::Suffix{zip::max_end_size};
        case ReadMode::automatic:
            break;
    }
    return storage::Suffix{std::max(policy_.tail_size, zip::max_end_size)};
}

Result<ContainerFormat::Step> ZipFormat::open(std::span<const storage::Content> pieces, std::uint64_t size) const {
    const auto* tail = tail_of(pieces, size);
    if (tail == nullptr) {
        return fail(Errc::corrupt, "the end of the archive was not read");
    }
    auto found = zip::find_directory(tail->bytes.view(), size);
    if (!found) {
        return found.error();
    }
    if (const auto* longer = std::get_if<zip::NeedsLongerTail>(&*found)) {
        if (longer->tail_size > policy_.directory_limit) {
            return directory_too_long(longer->tail_size, policy_);
        }
        if (longer->tail_size <= tail->bytes.size()) {
            return fail(Errc::corrupt, "the end of the archive cannot be found");
        }
        return Step(storage::Range(storage::Suffix{longer->tail_size}));
    }
    const auto& location = std::get<zip::DirectoryLocation>(*found);
    if (location.size > policy_.directory_limit) {
        return directory_too_long(location.size, policy_);
    }
    const storage::Span span{location.offset, location.size};
    for (const auto& piece : pieces) {
        const auto central = bytes_of(span, piece);
        if (!central) {
            continue;
        }
        auto directory = zip::Directory::parse(*central, location);
        if (!directory) {
            return directory.error();
        }
        return Step(std::make_shared<const ZipDirectory>(std::move(*directory), tile_limit_, comments_));
    }
    return Step(storage::Range(span));
}

}  // namespace tapalcatl::source
