#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "zip/directory.hpp"
#include "zip/entry.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the tests of this room need to make archives, damage them and read them back.
namespace tapalcatl::zip {

using Archive = std::vector<std::byte>;

inline constexpr std::uint64_t megabyte = 1024 * 1024;

/// Text that deflates, `size` bytes of it, different for each `seed`.
std::string prose(std::size_t size, unsigned seed = 1);

Archive archive_of(std::string_view text);
Archive operator+(Archive left, const Archive& right);

/// Finds the directory in the whole object. Fails also if that asks for a longer tail, which there is not.
Result<DirectoryLocation> locate(Bytes object);

/// The directory, from the whole object.
Result<Directory> open(Bytes object);

/// An entry's content, read as the server does: its extent alone, then data, then inflated.
Result<std::string> content_of(Bytes object, const Entry& entry, std::uint64_t limit = megabyte);

/// The content of the entry `name` of an archive. Fails: no_tile if it has no such entry.
Result<std::string> read(Bytes object, std::string_view name, std::uint64_t limit = megabyte);

/// Where a signature stands for the first or last time. Fails the test if it does not.
std::size_t first(const Archive& archive, std::uint32_t signature);
std::size_t last(const Archive& archive, std::uint32_t signature);

std::uint64_t get(const Archive& archive, std::size_t position, unsigned size);
void put(Archive& archive, std::size_t position, std::uint64_t number, unsigned size);

/// An archive with the entries "a" ("content of a") and "b" (2000 bytes of prose), without and with zip64.
Archive two_entries(std::string_view comment = {});
Archive two_zip64_entries(std::string_view comment = {});

/// Puts `extension` into the zip64 end record (APPNOTE 4.3.14.2).
Archive with_extension(Archive archive, const Archive& extension);

/// Fails the test if those two entries are not read correctly.
void expect_readable(const Archive& archive);

/// Why the archive cannot be opened. Fails the test if it can be, or fails with another code.
std::string refusal_of(const Archive& archive, Errc code = Errc::corrupt);

/// Why the entry `name` cannot be read. Fails the test if the archive cannot be opened, if the entry can be read, or if
/// that fails with another code.
std::string refusal_of_entry(const Archive& archive, std::string_view name, Errc code = Errc::corrupt,
                             std::uint64_t limit = megabyte);

/// A little-endian number of `size` bytes.
Archive number(std::uint64_t number, unsigned size);

/// An end of central directory record.
Archive end_record(std::uint64_t entries, std::uint64_t size, std::uint64_t offset, std::string_view comment = {});

}  // namespace tapalcatl::zip
