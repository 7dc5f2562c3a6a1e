// Takes any bytes for a zip archive and reads all of it, as the server would from ranges of an object.

#include "base/bytes.hpp"
#include "zip/directory.hpp"
#include "zip/entry.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

namespace tapalcatl {
namespace {

constexpr std::uint64_t limit = 1024 * 1024;
constexpr std::size_t max_entries = 100;

void require(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "broken promise: %s\n", what);
        std::abort();
    }
}

/// CRC-32 bit by bit, from its definition.
std::uint32_t plain_crc32(Bytes bytes) {
    std::uint32_t crc = 0xffffffff;
    for (const auto byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xedb88320U : crc >> 1U;
        }
    }
    return ~crc;
}

/// Finds the directory starting from a tail of `tail_size` bytes, giving more as long as more is asked for.
Result<zip::DirectoryLocation> locate(Bytes object, std::size_t tail_size) {
    while (true) {
        const auto found = zip::find_directory(object.last(tail_size), object.size());
        if (!found) {
            return found.error();
        }
        if (const auto* location = std::get_if<zip::DirectoryLocation>(&*found)) {
            return *location;
        }
        const auto wanted = std::get<zip::NeedsLongerTail>(*found).tail_size;
        require(wanted > tail_size, "a longer tail is longer");
        require(wanted <= object.size(), "no more is asked for than there is");
        tail_size = static_cast<std::size_t>(wanted);
    }
}

void require_same(const Result<zip::DirectoryLocation>& a, const Result<zip::DirectoryLocation>& b) {
    require(a.has_value() == b.has_value(), "every tail leads to the same outcome");
    if (!a) {
        require(a.error() == b.error(), "every tail leads to the same refusal");
        return;
    }
    require(a->offset == b->offset && a->size == b->size && a->entry_count == b->entry_count &&
                a->prefix == b->prefix && a->comment == b->comment && a->count_is_exact == b->count_is_exact,
            "every tail leads to the same directory");
}

void check_gzip(const zip::Entry& entry, Bytes deflate, Bytes content, zip::Inflater& inflater) {
    const auto member = zip::gzip_member(deflate, entry.crc32, entry.size);
    require(member.size() == zip::gzip_header_size + deflate.size() + zip::gzip_trailer_size, "a gzip member's size");
    Cursor cursor(member);
    require(cursor.u32() == 0x00088b1f, "a gzip member's signature, method and flags");
    cursor.skip(6);
    const auto data = cursor.bytes(deflate.size());
    require(cursor.u32() == plain_crc32(content), "a gzip member's CRC");
    require(cursor.u32() == content.size(), "a gzip member's size field");
    std::vector<std::byte> again(content.size());
    require(inflater.inflate_into(data, again).has_value(), "a gzip member inflates");
    require(std::equal(again.begin(), again.end(), content.begin(), content.end()), "to the same content");
}

void check_entry(const zip::Entry& entry, Bytes object, const zip::DirectoryLocation& location) {
    const auto extent = zip::extent_of(entry);
    if (entry.fault != zip::Fault::none) {
        require(extent.size == 0, "an entry with a fault has nothing to read");
        const auto readable = zip::check_readable(entry);
        require(!readable && !readable.error().message.empty(), "a fault has a reason");
        const auto data = zip::stored_data(entry, object);
        require(!data && data.error().code == readable.error().code, "an entry with a fault is not read");
        return;
    }
    require(extent.offset == entry.header_offset, "an extent starts at the local header");
    const auto bytes = slice(object, extent.offset, extent.size);
    require(bytes.has_value() && extent.offset + extent.size <= location.offset, "an extent ends before the directory");
    const auto data = zip::stored_data(entry, *bytes);
    if (!data) {
        require(data.error().code == Errc::corrupt || data.error().code == Errc::unsupported, "why data are refused");
        return;
    }
    require(data->size() == entry.compressed_size, "data have the size that the directory says");
    zip::Inflater inflater;
    const auto content = zip::checked_content(entry, *data, limit, inflater);
    if (!content) {
        require(content.error().code == Errc::corrupt || content.error().code == Errc::too_large,
                "why a content is refused");
        return;
    }
    require(content->size() == entry.size && entry.size <= limit, "a content has the declared size");
    require(plain_crc32(*content) == entry.crc32, "a content has the declared CRC-32");
    if (entry.method == static_cast<std::uint16_t>(zip::Method::deflated)) {
        const std::vector<std::byte> kept(content->begin(), content->end());
        check_gzip(entry, *data, kept, inflater);
    }
}

void check_names(const zip::Directory& directory) {
    const auto entries = directory.entries().first(std::min(directory.entries().size(), max_entries));
    for (const auto& entry : entries) {
        const auto* found = directory.find(entry.name);
        require(found != nullptr && found->name == entry.name, "every entry is found by its name");
        require(found >= &entry, "the last of a name is found");
    }
}

void check_overlaps(const zip::Directory& directory, const zip::DirectoryLocation& location) {
    std::vector<zip::Entry> entries;
    for (const auto& entry : directory.entries()) {
        if (entry.fault == zip::Fault::none) {
            entries.push_back(entry);
        }
    }
    std::sort(entries.begin(), entries.end(),
              [](const zip::Entry& a, const zip::Entry& b) { return a.header_offset < b.header_offset; });
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto end = i + 1 < entries.size() ? entries[i + 1].header_offset : location.offset;
        require(entries[i].header_offset + zip::min_extent(entries[i]) <= end, "entries that are read do not overlap");
    }
}

void check_archive(Bytes object) {
    const auto size = object.size();
    const auto location = locate(object, size);
    for (const std::size_t tail_size : {0UL, 22UL, 100UL, 1000UL, 66'000UL}) {
        require_same(locate(object, std::min(size, tail_size)), location);
    }
    if (!location) {
        return;
    }
    const auto central = slice(object, location->offset, location->size);
    require(central.has_value(), "a directory lies inside the object");
    const auto directory = zip::Directory::parse(*central, *location);
    if (!directory) {
        require(!directory.error().message.empty(), "a refusal says why");
        return;
    }
    require(directory->memory_size() <= 1000 + 4 * size, "a directory takes no more than its bytes justify");
    check_names(*directory);
    check_overlaps(*directory, *location);
    std::size_t left = max_entries;
    for (const auto& entry : directory->entries()) {
        if (left-- == 0) {
            break;
        }
        check_entry(entry, object, *location);
    }
}

}  // namespace
}  // namespace tapalcatl

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tapalcatl::check_archive(std::as_bytes(std::span(data, size)));
    return 0;
}
