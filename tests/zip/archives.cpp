#include "tests/zip/archives.hpp"

#include "zip/records.hpp"
#include "zip/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tapalcatl::zip {

std::string prose(std::size_t size, unsigned seed) {
    std::string text;
    while (text.size() < size) {
        seed = seed * 1103515245U + 12345U;
        text += std::to_string(seed >> 16);
        text += (seed & 0x100U) != 0 ? " tiles and " : " roads or ";
    }
    text.resize(size);
    return text;
}

Archive archive_of(std::string_view text) {
    const auto bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

Archive operator+(Archive left, const Archive& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Result<DirectoryLocation> locate(Bytes object) {
    auto found = find_directory(object, object.size());
    if (!found) {
        return found.error();
    }
    if (const auto* needs = std::get_if<NeedsLongerTail>(&*found)) {
        return fail(Errc::io, "asks for {} of {} bytes", needs->tail_size, object.size());
    }
    return std::get<DirectoryLocation>(*found);
}

Result<Directory> open(Bytes object) {
    const auto location = locate(object);
    if (!location) {
        return location.error();
    }
    const auto central = slice(object, location->offset, location->size);
    if (!central) {
        return central.error();
    }
    return Directory::parse(*central, *location);
}

Result<std::string> content_of(Bytes object, const Entry& entry, std::uint64_t limit) {
    const auto extent = extent_of(entry);
    const auto bytes = slice(object, extent.offset, extent.size);
    if (!bytes) {
        return bytes.error();
    }
    const auto data = stored_data(entry, *bytes);
    if (!data) {
        return data.error();
    }
    Inflater inflater;
    const auto content = checked_content(entry, *data, limit, inflater);
    if (!content) {
        return content.error();
    }
    return std::string(as_text(*content));
}

Result<std::string> read(Bytes object, std::string_view name, std::uint64_t limit) {
    const auto directory = open(object);
    if (!directory) {
        return directory.error();
    }
    const auto* entry = directory->find(name);
    if (entry == nullptr) {
        return fail(Errc::no_tile, "no entry {}", name);
    }
    return content_of(object, *entry, limit);
}

std::size_t first(const Archive& archive, std::uint32_t signature) {
    const auto wanted = number(signature, 4);
    const auto found = std::search(archive.begin(), archive.end(), wanted.begin(), wanted.end());
    EXPECT_NE(found, archive.end());
    return static_cast<std::size_t>(found - archive.begin());
}

std::size_t last(const Archive& archive, std::uint32_t signature) {
    const auto wanted = number(signature, 4);
    const auto found = std::find_end(archive.begin(), archive.end(), wanted.begin(), wanted.end());
    EXPECT_NE(found, archive.end());
    return static_cast<std::size_t>(found - archive.begin());
}

std::uint64_t get(const Archive& archive, std::size_t position, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
        value |= std::to_integer<std::uint64_t>(archive.at(position + i)) << (8 * i);
    }
    return value;
}

void put(Archive& archive, std::size_t position, std::uint64_t number, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
        archive.at(position + i) = static_cast<std::byte>(number >> (8 * i) & 0xff);
    }
}

Archive number(std::uint64_t number, unsigned size) {
    Archive bytes(size);
    put(bytes, 0, number, size);
    return bytes;
}

Archive end_record(std::uint64_t entries, std::uint64_t size, std::uint64_t offset, std::string_view comment) {
    return number(format::end_signature, 4) + number(0, 4) + number(entries, 2) + number(entries, 2) + number(size, 4) +
           number(offset, 4) + number(comment.size(), 2) + archive_of(comment);
}

Archive two_entries(std::string_view comment) {
    Writer writer;
    writer.add("a", as_bytes("content of a"));
    writer.add("b", as_bytes(prose(2000)));
    return writer.finish(comment);
}

Archive two_zip64_entries(std::string_view comment) {
    Writer writer;
    Writer::Options options;
    options.zip64 = true;
    writer.add("a", as_bytes("content of a"), options);
    writer.add("b", as_bytes(prose(2000)), options);
    return writer.finish(comment);
}

Archive with_extension(Archive archive, const Archive& extension) {
    const auto record = last(archive, format::zip64_end_signature);
    put(archive, record + 4, 44 + extension.size(), 8);
    archive.insert(archive.begin() + static_cast<std::ptrdiff_t>(record + 56), extension.begin(), extension.end());
    return archive;
}

void expect_readable(const Archive& archive) {
    const auto a = read(archive, "a");
    ASSERT_TRUE(a) << a.error();
    EXPECT_EQ(*a, "content of a");
    const auto b = read(archive, "b");
    ASSERT_TRUE(b) << b.error();
    EXPECT_EQ(*b, prose(2000));
}

std::string refusal_of(const Archive& archive, Errc code) {
    const auto directory = open(archive);
    if (directory) {
        ADD_FAILURE() << "not refused";
        return {};
    }
    EXPECT_EQ(directory.error().code, code) << directory.error();
    return directory.error().message;
}

std::string refusal_of_entry(const Archive& archive, std::string_view name, Errc code, std::uint64_t limit) {
    const auto directory = open(archive);
    if (!directory) {
        ADD_FAILURE() << "the archive is refused: " << directory.error();
        return {};
    }
    const auto content = read(archive, name, limit);
    if (content) {
        ADD_FAILURE() << "not refused";
        return {};
    }
    EXPECT_EQ(content.error().code, code) << content.error();
    return content.error().message;
}

}  // namespace tapalcatl::zip
