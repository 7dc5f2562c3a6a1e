#include "zip/writer.hpp"

#include "zip/deflate.hpp"
#include "zip/records.hpp"

#include <algorithm>
#include <cassert>

namespace tapalcatl::zip {
namespace {

constexpr std::uint16_t version = 20;
constexpr std::uint16_t zip64_version = 45;
constexpr std::uint32_t first_day = 0x00210000;  // 1980-01-01, 0:00: the same input gives the same bytes

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::uint32_t clamp32(std::uint64_t number) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, format::max32));
}

std::uint16_t size16(std::size_t size) {
    assert(size <= format::max16);
    return static_cast<std::uint16_t>(size);
}

/// A zip64 field (APPNOTE 4.5.3) with `numbers`.
std::vector<std::byte> zip64_field(std::initializer_list<std::uint64_t> numbers) {
    std::vector<std::byte> field;
    append_little_endian(field, format::zip64_extra);
    append_little_endian(field, size16(numbers.size() * 8));
    for (const auto number : numbers) {
        append_little_endian(field, number);
    }
    return field;
}

}  // namespace

void Writer::add(std::string_view name, Bytes content, const Options& options) {
    std::vector<std::byte> deflated;
    auto data = content;
    if (options.method == Method::deflated) {
        append_deflated(deflated, content, 6);
        data = deflated;
    }
    append_entry(name, data, crc32(content), content.size(), options);
}

void Writer::add_deflated(std::string_view name, Bytes deflate, std::uint32_t crc32, std::uint64_t size) {
    append_entry(name, deflate, crc32, size, Options{});
}

void Writer::append_entry(std::string_view name, Bytes data, std::uint32_t crc32, std::uint64_t size,
                          const Options& options) {
    const std::uint64_t offset = archive_.size();
    const bool long_sizes = options.zip64 || data.size() >= format::max32 || size >= format::max32;
    const bool long_offset = options.zip64 || offset >= format::max32;
    const auto needed = long_sizes || long_offset ? zip64_version : version;
    const auto flags = static_cast<std::uint16_t>((options.data_descriptor ? format::descriptor_flag : 0U) |
                                                  (is_ascii(name) ? 0U : format::utf8_flag));
    has_zip64_ = has_zip64_ || options.zip64;

    const auto append_numbers = [&](std::vector<std::byte>& out, bool known) {
        append_little_endian(out, flags);
        append_little_endian(out, static_cast<std::uint16_t>(options.method));
        append_little_endian(out, first_day);
        append_little_endian(out, known ? crc32 : 0U);
        append_little_endian(out, long_sizes ? format::max32 : known ? clamp32(data.size()) : 0U);
        append_little_endian(out, long_sizes ? format::max32 : known ? clamp32(size) : 0U);
        append_little_endian(out, size16(name.size()));
    };

    const bool known = !options.data_descriptor;
    auto extra = long_sizes ? zip64_field({known ? size : 0, known ? data.size() : 0}) : std::vector<std::byte>{};
    append(extra, options.extra);
    append_little_endian(archive_, format::local_signature);
    append_little_endian(archive_, needed);
    append_numbers(archive_, known);
    append_little_endian(archive_, size16(extra.size()));
    append(archive_, as_bytes(name));
    append(archive_, extra);
    append(archive_, data);
    if (options.data_descriptor) {
        append_little_endian(archive_, format::descriptor_signature);
        append_little_endian(archive_, crc32);
        if (long_sizes) {
            append_little_endian(archive_, static_cast<std::uint64_t>(data.size()));
            append_little_endian(archive_, size);
        } else {
            append_little_endian(archive_, clamp32(data.size()));
            append_little_endian(archive_, clamp32(size));
        }
    }

    extra.clear();
    if (long_sizes && long_offset) {
        extra = zip64_field({size, data.size(), offset});
    } else if (long_sizes) {
        extra = zip64_field({size, data.size()});
    } else if (long_offset) {
        extra = zip64_field({offset});
    }
    append(extra, options.extra);
    append_little_endian(central_, format::central_signature);
    append_little_endian(central_, needed);  // made by: MS-DOS, so that no permissions are expected
    append_little_endian(central_, needed);
    append_numbers(central_, true);
    append_little_endian(central_, size16(extra.size()));
    append_little_endian(central_, size16(options.comment.size()));
    append_little_endian(central_, std::uint16_t{0});  // disk
    append_little_endian(central_, std::uint16_t{0});  // internal attributes
    append_little_endian(central_, std::uint32_t{0});  // external attributes
    append_little_endian(central_, long_offset ? format::max32 : clamp32(offset));
    append(central_, as_bytes(name));
    append(central_, extra);
    append(central_, as_bytes(options.comment));
    ++count_;
}

std::vector<std::byte> Writer::finish(std::string_view comment) {
    const std::uint64_t offset = archive_.size();
    const std::uint64_t size = central_.size();
    append(archive_, central_);
    const bool needs_zip64 = has_zip64_ || count_ >= format::max16 || offset >= format::max32 || size >= format::max32;
    if (needs_zip64) {
        const std::uint64_t zip64_end = archive_.size();
        append_little_endian(archive_, format::zip64_end_signature);
        append_little_endian(archive_, format::zip64_end_size - 12);
        append_little_endian(archive_, zip64_version);
        append_little_endian(archive_, zip64_version);
        append_little_endian(archive_, std::uint32_t{0});  // this disk
        append_little_endian(archive_, std::uint32_t{0});  // the directory's disk
        append_little_endian(archive_, count_);
        append_little_endian(archive_, count_);
        append_little_endian(archive_, size);
        append_little_endian(archive_, offset);
        append_little_endian(archive_, format::zip64_locator_signature);
        append_little_endian(archive_, std::uint32_t{0});  // the zip64 end record's disk
        append_little_endian(archive_, zip64_end);
        append_little_endian(archive_, std::uint32_t{1});  // disks
    }
    const auto count = static_cast<std::uint16_t>(std::min<std::uint64_t>(count_, format::max16));
    append_little_endian(archive_, format::end_signature);
    append_little_endian(archive_, std::uint16_t{0});  // this disk
    append_little_endian(archive_, std::uint16_t{0});  // the directory's disk
    append_little_endian(archive_, has_zip64_ ? format::max16 : count);
    append_little_endian(archive_, has_zip64_ ? format::max16 : count);
    append_little_endian(archive_, has_zip64_ ? format::max32 : clamp32(size));
    append_little_endian(archive_, has_zip64_ ? format::max32 : clamp32(offset));
    append_little_endian(archive_, size16(comment.size()));
    append(archive_, as_bytes(comment));
    return std::move(archive_);
}

}  // namespace tapalcatl::zip
