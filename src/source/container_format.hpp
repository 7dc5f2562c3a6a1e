#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "source/tile_headers.hpp"
#include "storage/storage.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What differs between kinds of archives. All else (reads, versions, freshness, memory) is common to them.
namespace tapalcatl::source {

enum class Encoding { identity, gzip };

/// The content of an entry, checked and as it is sent.
struct TileContent {
    Encoding encoding = Encoding::identity;
    std::vector<std::byte> bytes;                  ///< gzip: one member
    std::uint64_t size = 0;                        ///< of the content itself; with `crc32` its validator
    std::uint32_t crc32 = 0;                       ///< of the content itself
    std::uint64_t compressed_size = 0;             ///< in the archive
    std::string_view method;                       ///< of compression in the archive; static text
    std::shared_ptr<const TileHeaders> headers{};  ///< that the archive gives the tile; null: none
    std::string warning{};                         ///< what is not used of them; empty: nothing
};

/// The table of contents of an archive. Entries have numbers from 0. Immutable.
class ContainerDirectory {
 public:
    virtual ~ContainerDirectory() = default;

    virtual std::size_t size() const = 0;
    virtual std::string_view name_of(std::size_t entry) const = 0;

    /// The entry that is served under `name`.
    virtual std::optional<std::size_t> find(std::string_view name) const = 0;

    /// The bytes of the archive that content() needs.
    /// Fails, with the entry's name in the message: corrupt or unsupported by what the directory says of it; too_large.
    virtual Result<storage::Span> locate(std::size_t entry) const = 0;

    /// Whether somebody may ask for the entry, so that bytes that came along with others are worth keeping.
    virtual bool is_worth_keeping(std::size_t entry) const = 0;

    /// Checks the bytes that locate() named, and makes what is served of them. Cost: an inflation.
    /// Fails, with the entry's name in the message: corrupt, unsupported, too_large.
    virtual Result<TileContent> content(std::size_t entry, Bytes bytes) const = 0;

    /// What the archive says of itself and what is not used of that, for the log; empty: nothing.
    virtual std::string_view warning() const { return {}; }

    /// The memory that this takes, in bytes.
    virtual std::size_t memory_size() const = 0;
};

/// A kind of archive.
class ContainerFormat {
 public:
    virtual ~ContainerFormat() = default;

    /// What is read of an archive that nothing is known of.
    virtual storage::Range first_read() const = 0;

    /// The directory, or what else must be read to have it.
    using Step = std::variant<std::shared_ptr<const ContainerDirectory>, storage::Range>;

    /// Makes the directory out of what was read so far: `pieces` of one version of an object of `size` bytes, the first
    /// read among them.
    /// Fails: corrupt, unsupported where it is no archive of this kind; too_large for a directory over the limit.
    virtual Result<Step> open(std::span<const storage::Content> pieces, std::uint64_t size) const = 0;
};

}  // namespace tapalcatl::source
