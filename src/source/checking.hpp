#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "source/held.hpp"
#include "zip/entry.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace tapalcatl::source {

/// What may be done with something held of an archive.
enum class Age {
    fresh,    ///< serve it
    past,     ///< serve it, and have it revalidated
    expired,  ///< do not serve it before the storage was asked
    retired,  ///< do not serve it
};

/// `refresh_behind` and `stale_for` count from the end of freshness; the latter holds while the storage fails.
Age age_of(const ArchiveState& state, SteadyTime now, std::chrono::seconds refresh_behind,
           std::chrono::seconds stale_for);

/// Turns an entry's bytes, from its local header on, into what is served: checks that the local header agrees with the
/// directory, that the content has the size and CRC-32 it should, and puts deflated data into a gzip member as they
/// are.
///
/// Stored content is compressed here if that gains something, so that it is done once. Content that is gzip itself
/// (zip::holds_gzip()) is served as if it had been put into the archive without.
/// Fails: corrupt, unsupported, too_large.
Result<std::shared_ptr<const Block>> make_block(std::shared_ptr<ArchiveState> archive, const zip::Entry& entry,
                                                Bytes bytes, zip::Inflater& inflater, std::uint64_t limit);

}  // namespace tapalcatl::source
