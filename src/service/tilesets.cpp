#include "service/tilesets.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tapalcatl::service {
namespace {

constexpr std::size_t max_name_size = 64;
constexpr std::array<std::string_view, 3> reserved{"catalog", "preview", "tilezen"};

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_tileset_name(std::string_view name) {
    return !name.empty() && name.size() <= max_name_size && is_letter_or_digit(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; }) &&
           std::find(reserved.begin(), reserved.end(), name) == reserved.end();
}

Result<void> Tilesets::add(Tileset tileset) {
    if (!is_tileset_name(tileset.name)) {
        return fail(Errc::usage, "name of a tileset '{}': expected {}", printable(tileset.name), expected_tileset_name);
    }
    if (by_name_.contains(tileset.name)) {
        return fail(Errc::usage, "two tilesets have the name {}: expected a name for each", tileset.name);
    }
    TileResponses responses(tileset.policy);
    const auto& added = all_.emplace_back(Served{std::move(tileset), std::move(responses)});
    by_name_.emplace(added.tileset.name, &added);
    if (storages_.insert(added.tileset.source->info().storage).second) {
        sources_.push_back(added.tileset.source);
    }
    return {};
}

void Tilesets::serve_landcover_route(Tileset tileset, unsigned max_zoom) {
    TileResponses responses(tileset.policy);
    landcover_ = std::make_unique<const Served>(Served{std::move(tileset), std::move(responses)});
    landcover_max_zoom_ = max_zoom;
}

std::optional<Tilesets::PatternMatch> Tilesets::match_patterns(std::string_view path) const {
    for (const auto& route : routes_) {
        if (const auto tile = route.pattern.match(path)) {
            return PatternMatch{route.tileset, *tile};
        }
    }
    return std::nullopt;
}

const Tilesets::Served* Tilesets::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found != by_name_.end() ? found->second : nullptr;
}

}  // namespace tapalcatl::service
