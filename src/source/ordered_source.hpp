#pragma once

#include "source/counters.hpp"
#include "source/tile_source.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::source {

/// What a source that fails means for the request.
enum class OnFailure {
    fail,  ///< the request fails, so that an outage never serves old tiles unnoticed
    next,  ///< the next source is asked; this is counted and logged, and the tile is stale
};

/// Several sources in order: the first that has the tile answers.
///
/// A source that lacks the tile (not_found, no_tile), or cannot have it (bad_request), leaves it to the next one. With
/// OnFailure::next, so does one that fails; if no later one has the tile then, the result is the failure. With that, a
/// source that does not answer takes no more than its part of the time: half of what is left if one more follows, a
/// third if two do.
///
/// What is known without waiting is used: a source that is known to lack the tile is not asked again. So a tile that an
/// earlier source gets is seen when what is known of that source is past its freshness. A tile of a later source has no
/// Tile::validity: each response looks at all sources before it.
class OrderedSource final : public TileSource {
 public:
    struct Member {
        std::string name;
        std::shared_ptr<const TileSource> source;
    };

    /// Requires: `members` is not empty, and no member is null.
    OrderedSource(std::vector<Member> members, OnFailure on_failure, TilesetDescription description)
        : members_(std::move(members)),
          on_failure_(on_failure),
          description_(std::make_shared<const TilesetDescription>(std::move(description))) {}

    /// Fails, beside what TileSource says: messages of failures name the member.
    std::optional<Result<Tile>> find(const TileRequest& tile) const override;
    Awaitable<Result<Tile>> read(const TileRequest& tile, SteadyTime deadline) const override;

    /// Asks all members, one after the other, up to the first that fails.
    Awaitable<Result<void>> probe(SteadyTime deadline) const override;
    Awaitable<bool> settle(SteadyTime deadline) const override;
    /// The storages of all members, each once, with commas between them.
    SourceInfo info() const override;
    std::shared_ptr<const TilesetDescription> description() const override { return description_; }
    Awaitable<Result<std::shared_ptr<const TilesetDescription>>> describe(SteadyTime deadline) const override;

    /// The place in the first member that has the tile or may have it, as far as that is known without waiting; in the
    /// first one if all are known to lack it.
    Result<TilePlace> locate(const TileRequest& tile) const override;

    const OrderedCounters& counters() const { return counters_; }

 private:
    class Search;

    /// What a TileRequest views.
    struct Texts {
        std::string format;
        std::string prefix;
        std::string layer;
    };
    Awaitable<Result<Tile>> read_in_order(TileRequest tile, Texts texts, SteadyTime deadline) const;
    SteadyTime deadline_of(std::size_t member, SteadyTime deadline) const;

    std::vector<Member> members_;
    OnFailure on_failure_;
    std::shared_ptr<const TilesetDescription> description_;
    mutable OrderedCounters counters_;
};

}  // namespace tapalcatl::source
