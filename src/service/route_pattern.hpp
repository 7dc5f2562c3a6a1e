#pragma once

#include "base/error.hpp"
#include "service/path_expression.hpp"
#include "service/route.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::service {

/// A route of a tileset as its configuration writes it: "/tiles/{prefix}/{z:[0-9]+}/{x}/{y}.{format:mvt|json}".
///
/// {z}, {x}, {y} and {format} (or {fmt}) must be there. {size}, in pixels, or {scale}, in 256 pixels, is the size of
/// the tile; {prefix} and {layer} replace those of the tileset's keys. A variable may have a regular expression, see
/// compile_path_expression(). Without one it takes digits, and {format}, {prefix} and {layer} anything but a slash.
class RoutePattern {
 public:
    /// Paths that are longer match no pattern.
    static constexpr std::size_t max_path_size = 512;

    /// Fails: usage, for anything else. The message names the pattern.
    static Result<RoutePattern> parse(std::string_view text);

    /// The tile of a path, with TileSet::named and no name; nullopt if the path does not match, or its values are no
    /// tile's. Time: up to the number of steps of the pattern for each byte. Lifetime: the result views `path`.
    std::optional<TileRoute> match(std::string_view path) const;

    const std::string& text() const { return text_; }
    bool replaces_keys() const { return replaces_keys_; }  ///< it has {prefix} or {layer}

    /// Whether a fixed route of the server takes paths of this pattern before it: those of the preview, and of a
    /// tileset of the name `name` ("/name/z/x/y.format").
    bool is_behind_preview() const { return literal_start_.starts_with("/preview/"); }
    bool is_behind_tileset(std::string_view name) const;

 private:
    enum class Variable { z, x, y, format, prefix, layer, size, scale };

    RoutePattern() = default;
    static std::optional<Variable> variable_of(std::string_view name);
    Result<void> add_literal(char c);
    Result<void> add_variable(std::string_view text);
    Result<void> check_variables() const;
    bool has(Variable variable) const;

    std::string text_;
    std::string literal_start_;  ///< what each path starts with
    std::size_t slashes_ = 0;
    PathProgram program_;
    std::vector<Variable> variables_;  ///< slots 2 i and 2 i + 1 are the start and end of variable i
    bool replaces_keys_ = false;
};

/// Whether `text` can replace a prefix or a layer: 1 to 64 letters, digits, '.', '_' and '-', but not "." and "..".
bool is_key_part(std::string_view text);

}  // namespace tapalcatl::service
