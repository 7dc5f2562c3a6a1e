#pragma once

#include "base/error.hpp"
#include "service/responses.hpp"
#include "service/route_pattern.hpp"
#include "source/tile_source.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapalcatl::service {

/// A tileset that is served: where its tiles come from, and what is told with them.
struct Tileset {
    std::string name;  ///< in URLs; see is_tileset_name()
    std::shared_ptr<const source::TileSource> source;
    TilesetPolicy policy;
    bool has_tilezen_layers = false;  ///< TileJSON lists the layers of Tilezen's schema
};

/// Whether `name` can name a tileset in URLs: 1 to 64 letters, digits, '-', '_', '.', the first of them a letter or
/// digit, and not the first segment of another route.
bool is_tileset_name(std::string_view name);

/// What a name must be, for messages: it completes "expected ...".
inline constexpr std::string_view expected_tileset_name =
    "up to 64 letters, digits, '-', '_' and '.', the first of them a letter or digit, and not 'catalog', 'preview' or "
    "'tilezen'";

/// The tilesets of a server, by name. It is filled once, and safe from any thread after that.
class Tilesets {
 public:
    /// A tileset with what is made of its policy once.
    struct Served {
        Tileset tileset;
        TileResponses responses;
    };

    /// Fails: usage for an invalid name, and for one that is taken.
    Result<void> add(Tileset tileset);

    /// Answers the vector tile routes of tapalcatl-py with the tileset `name`. Requires: it was added.
    void serve_vector_routes(std::string_view name) { vector_ = find(name); }

    /// Answers the land cover route of tapalcatl-py down to `max_zoom`. The tileset has no other route and no entry in
    /// the catalog.
    void serve_landcover_route(Tileset tileset, unsigned max_zoom);

    /// Answers the paths of `pattern` that no other route takes with the tileset `name`; of several patterns, the first
    /// that matches. Requires: it was added.
    void add_route(RoutePattern pattern, std::string_view name) { routes_.push_back({std::move(pattern), find(name)}); }

    /// A path that a pattern takes.
    struct PatternMatch {
        const Served* tileset = nullptr;
        TileRoute tile;
    };

    /// Lifetime: the result views `path`. Cost: a comparison for each pattern that starts with another text.
    std::optional<PatternMatch> match_patterns(std::string_view path) const;

    /// Null if there is none of that name.
    const Served* find(std::string_view name) const;

    const std::deque<Served>& all() const { return all_; }        ///< in the order in which they were added
    const Served* vector() const { return vector_; }              ///< null: the routes do not exist
    const Served* landcover() const { return landcover_.get(); }  ///< null: the route does not exist
    unsigned landcover_max_zoom() const { return landcover_max_zoom_; }

    /// One source for each storage, for health checks.
    const std::vector<std::shared_ptr<const source::TileSource>>& source_of_each_storage() const { return sources_; }

 private:
    struct PatternRoute {
        RoutePattern pattern;
        const Served* tileset = nullptr;
    };

    std::deque<Served> all_;
    std::vector<PatternRoute> routes_;
    std::unordered_map<std::string_view, const Served*> by_name_;  ///< the names are those in all_
    std::set<std::string> storages_;                               ///< those that sources_ has a source of
    std::vector<std::shared_ptr<const source::TileSource>> sources_;
    const Served* vector_ = nullptr;
    std::unique_ptr<const Served> landcover_;
    unsigned landcover_max_zoom_ = 0;
};

}  // namespace tapalcatl::service
