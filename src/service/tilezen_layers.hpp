#pragma once

#include <span>
#include <string_view>

namespace tapalcatl::service {

struct LayerField {
    std::string_view name;
    std::string_view type;  ///< "String", "Number" or "Boolean", as TileJSON has it
};

/// A layer of a tile set, as TileJSON 3.0.0, section 3.3, describes it.
struct Layer {
    std::string_view id;
    unsigned min_zoom;
    unsigned max_zoom;
    std::span<const LayerField> fields;
};

/// The layers of Tilezen vector tiles, schema v1.6.
std::span<const Layer> tilezen_layers();

}  // namespace tapalcatl::service
