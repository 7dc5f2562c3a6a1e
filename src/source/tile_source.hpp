#pragma once

#include "base/awaitable.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/memory_budget.hpp"
#include "source/archive_state.hpp"
#include "source/container_format.hpp"
#include "source/tile_headers.hpp"
#include "source/tileset_description.hpp"
#include "tiles/metatile.hpp"
#include "web/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::source {

/// A tile of the pyramid that is asked for.
struct TileRequest {
    TileId tile;
    unsigned pixel_size = 256;
    std::string_view format;
    std::string_view prefix{};  ///< in place of that of the source's keys, if they have one; empty: the source's own
    std::string_view layer{};   ///< likewise
};

/// The location that a tile has if it exists. For the inspector, the log and diagnoses only.
struct TilePlace {
    TileId metatile;  ///< names the archive
    TileId offset;    ///< names the entry: relative to the metatile, or to the top of the pyramid
    std::string key;
    std::string entry;
    std::string source{};  ///< of several sources, the name of the one that this is in; empty: there is only one
};

/// What distinguishes the content of a tile, whatever its encoding: the same tile has the same after a rebuild of its
/// archive and on every server.
struct Validator {
    std::uint32_t crc32 = 0;
    std::uint64_t size = 0;  ///< in bytes
};

/// How a tile is stored. For the inspector and the log only.
struct StoredTile {
    std::shared_ptr<const std::string> archive_key;
    const storage::Version* archive_version = nullptr;
    std::uint64_t compressed_size = 0;
    std::string_view method;    ///< of compression
    std::string_view source{};  ///< of several sources, the name of the one that it came from. Lifetime: the TileSource
};

/// A tile, ready to be served. Lifetime: what this points to is valid as long as `bytes` are held.
struct Tile {
    SharedBytes bytes;
    Encoding encoding = Encoding::identity;  ///< of `bytes`
    Validator validator;
    const LastModified* last_modified = nullptr;  ///< null: unknown, or not to be told
    std::string_view content_type{};              ///< empty: as the format has it
    bool hit = false;                             ///< nothing had to be waited for
    bool stale = false;  ///< past its freshness while the storage fails; say so to caches downstream
    StoredTile stored{};
    /// For what is made of `bytes` and sent: null, or null inside, means that nothing is counted.
    const std::shared_ptr<MemoryBudget>* budget = nullptr;
    const web::Validity* validity = nullptr;  ///< of these bytes; null if they are stale
    const TileHeaders* headers = nullptr;     ///< that it is sent with, over the server's own; null: none
};

/// Facts about a source, for logs and diagnoses.
struct SourceInfo {
    std::string storage;      ///< its location, without secrets
    std::string_view format;  ///< of its archives
};

/// A source of tiles. Safe from any thread.
class TileSource {
 public:
    virtual ~TileSource() = default;

    /// The tile, if the result is known without waiting.
    ///
    /// Requires: as tiles::locate(). Fails: as locate(); not_found (no such archive), no_tile (no such tile in it).
    virtual std::optional<Result<Tile>> find(const TileRequest& tile) const = 0;

    /// The tile, read from storage if needed. Resumes on the executor of the calling coroutine.
    ///
    /// Fails: as find(), corrupt, unsupported, too_large, denied, unavailable, timeout, io. Messages name the archive.
    virtual Awaitable<Result<Tile>> read(const TileRequest& tile, SteadyTime deadline) const = 0;

    /// Asks the storage itself whether it answers, past everything in memory. Fails: as read(), but a tile that does
    /// not exist is a good answer.
    virtual Awaitable<Result<void>> probe(SteadyTime deadline) const = 0;

    /// Waits for all that is under way, also for nobody, such as revalidations and writes to a second tier. False if
    /// not all of it has ended by `deadline`: it goes on then.
    virtual Awaitable<bool> settle(SteadyTime deadline) const = 0;

    virtual SourceInfo info() const = 0;

    /// The description, if it is known without waiting; null: await describe().
    virtual std::shared_ptr<const TilesetDescription> description() const = 0;

    /// The description, which is read from the storage where that has it. Never null. Resumes on the executor of the
    /// calling coroutine.
    ///
    /// Fails: as read(), but never for a tile. Messages name the document and what is wrong with it.
    virtual Awaitable<Result<std::shared_ptr<const TilesetDescription>>> describe(SteadyTime deadline) const = 0;

    /// Where the tile is stored if it exists.
    ///
    /// Fails: bad_request for an impossible pixel size; not_found if no archive can have such a tile.
    virtual Result<TilePlace> locate(const TileRequest& tile) const = 0;
};

}  // namespace tapalcatl::source
